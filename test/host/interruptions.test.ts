import { expect } from 'chai';
import { waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf, Tool } from './tool.js';

/** What must be whole after a run that was cut short: what list says, what the profile is, and no unfinished journal. */
interface State {
  listed: Document[];
  closure: string | null;
  journal: boolean;
}

const JOURNAL = '/var/lib/nixos-nspawn/journal/web.jsonl';
const PROFILE = '/nix/var/nix/profiles/per-nspawn/web/system';

/** Each verb with the steps at whose start it is cut short, and the state it starts from. */
const verbs: {
  verb: string;
  args: string[];
  steps: string[];
  from: 'nothing' | 'generation 1' | 'generation 2';
}[] = [
  {
    verb: 'create',
    args: ['create', 'web', '--flake', flakeOf('web')],
    steps: ['Set the profile', 'Start'],
    from: 'nothing',
  },
  {
    verb: 'update',
    args: ['update', 'web', '--flake', flakeOf('web-restart')],
    steps: ['Set the profile', 'Activate'],
    from: 'generation 1',
  },
  {
    verb: 'rollback',
    args: ['rollback', 'web', '--strategy', 'restart'],
    steps: ['Activate'],
    from: 'generation 2',
  },
  {
    verb: 'remove',
    args: ['remove', 'web', '--delete-state'],
    steps: ['Take away unit files'],
    from: 'generation 1',
  },
];

for (const { verb, args, steps, from } of verbs) {
  describeOnHost(`${verb}, cut short`, `cut-${verb}`, (host) => {
    let tool: Tool;

    const state = async (): Promise<State> => ({
      listed: (await tool.get<Document[]>(['list'])).map(({ name, type, state: how, generation }) => ({
        name,
        type,
        state: how,
        generation,
      })),
      closure: (await host().has(PROFILE)) ? await host().ask(['readlink', '-f', PROFILE]) : null,
      journal: await host().has(JOURNAL),
    });

    const arrange = async (): Promise<State> => {
      await tool.get(['remove', 'web', '--delete-state', '--wait', '60']);
      if (from !== 'nothing') await tool.create('web');
      if (from === 'generation 2') await tool.update('web', 'web-2');
      return state();
    };

    /** Runs the verb and sends the signal when it says that it begins the step. */
    const cutShort = async (step: string, signal: NodeJS.Signals) => {
      const run = host().spawn(['nixos-nspawn', ...args]);
      await run.pid();
      await waitFor(`the step '${step}'`, async () => run.hasEnded || run.stderrSoFar.includes(step), {
        timeout: 60_000,
        interval: 5,
      });
      if (!run.hasEnded) await run.kill(signal);
      return run.outcome;
    };

    let whole: State;

    before(async function () {
      this.timeout(300_000);
      tool = new Tool(host());
      await host().run(['mkdir', '-p', '/srv/shared']);
      await arrange();
      await tool.get(args);
      whole = await state();
    });

    for (const step of steps) {
      it(`by Ctrl-C at '${step}' has done nothing, or all of it`, async () => {
        const untouched = await arrange();
        const { code, stderr } = await cutShort(step, 'SIGINT');
        expect(code, stderr).to.be.oneOf([130, 0]);
        expect(await state(), stderr).to.deep.equal(code === 130 ? untouched : whole);
      });

      it(`by SIGKILL at '${step}' is brought to one side by the next command`, async () => {
        await arrange();
        await cutShort(step, 'SIGKILL');
        await waitFor('what it had started to end', async () => {
          const { code } = await host().run(['pgrep', '-f', 'nix-env|nix build'], { check: false });
          return code !== 0;
        });
        const again = await tool.ask([...args, '--wait', '60']);
        // Where the killed run had done its work, the next one finds it done.
        const found = ['create', 'rollback'].includes(verb) ? [0, 3, 4] : [0];
        expect(again.code, JSON.stringify(again.document)).to.be.oneOf(found);
        expect(await state(), again.stderr).to.deep.equal(whole);
      });
    }
  });
}
