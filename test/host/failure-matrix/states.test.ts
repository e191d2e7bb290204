import { expect } from 'chai';
import { diffSnapshots } from '../snapshot.js';
import { describeOnHost } from '../suite.js';
import { Tool } from '../tool.js';
import { buildWeb } from './faulty-builds.js';
import { expectOnPage } from './page.js';

const MACHINES = '/var/lib/machines';
const STATE = `${MACHINES}/web`;
const SERVICE = 'systemd-nspawn@web.service';

/** An unusual state of a container or its host, with shell scripts that create and remove it. */
interface State {
  title: string;
  begin: string;
  end?: string;
  /** Whether the container must be running. */
  running?: boolean;
}

const STATES: readonly State[] = [
  {
    title: 'an immutable file in the state directory',
    begin: `mkdir -p ${STATE}/srv/in && touch ${STATE}/srv/in/it && chattr +i ${STATE}/srv/in/it ${STATE}/srv/in`,
    end: `test ! -e ${STATE} || chattr -R -f -i ${STATE}`,
  },
  {
    title: 'an append-only file in the state directory',
    begin: `touch ${STATE}/srv/it && chattr +a ${STATE}/srv/it`,
    end: `test ! -e ${STATE} || chattr -R -f -a ${STATE}`,
  },
  {
    title: 'a mount inside the state directory',
    begin: `mkdir -p ${STATE}/srv/disk && mount -t tmpfs tmpfs ${STATE}/srv/disk`,
    end: `umount ${STATE}/srv/disk`,
  },
  {
    title: 'the state directory is a mount point',
    begin: `mount --bind ${STATE} ${STATE}`,
    end: `umount ${STATE}`,
  },
  {
    title: '`/var/lib/machines` is a link, and a mount is inside the state directory',
    begin: `mv ${MACHINES} /var/lib/disk && ln -s disk ${MACHINES} && mkdir -p /var/lib/disk/web/srv/disk && mount -t tmpfs tmpfs /var/lib/disk/web/srv/disk`,
    end: `umount /var/lib/disk/web/srv/disk; rm ${MACHINES} && mv /var/lib/disk ${MACHINES}`,
  },
  {
    title: 'another tree in `/run/machines`',
    begin: 'mkdir -p /run/machines/web/usr',
    end: 'rm -r /run/machines',
  },
  {
    title: 'systemd-nspawn was killed',
    running: true,
    begin: `kill -KILL $(systemctl show --property=MainPID --value ${SERVICE}) && while systemctl is-active --quiet ${SERVICE}; do sleep 0.1; done`,
  },
];

const VERBS = ['start', 'update', 'remove', 'create'] as const;
type Verb = (typeof VERBS)[number];

describeOnHost('in unusual states of a container, each command', 'matrix-states', (host) => {
  const tool = () => new Tool(host());
  const shell = (script: string) => host().run(['sh', '-ec', script]);
  const seen = new Map<string, string>();
  const built = { first: '', second: '' };

  before(async () => {
    built.first = await buildWeb(host(), '1', { ula: undefined });
    built.second = await buildWeb(host(), '2', { ula: undefined });
    await tool().get(['create', 'web', '--profile', built.first]);
  });

  const args = (verb: Verb): readonly string[] =>
    ({
      start: ['start', 'web'],
      update: ['update', 'web', '--profile', built.second, '--start'],
      remove: ['remove', 'web', '--delete-state'],
      create: ['create', 'web', '--profile', built.first],
    })[verb];

  const look = () =>
    host().snapshot([
      '/etc/systemd',
      '/var/lib/nixos-nspawn',
      '/nix/var/nix/profiles',
      '/run/systemd/system',
    ]);

  const find = async () => {
    const { document } = await tool().ask<{ name: string; state: string; generation: number }[]>(['list']);
    return document.find(({ name }) => name === 'web');
  };

  /** Whether the container is in the state that the command should achieve. */
  const isDone = async (verb: Verb): Promise<boolean> => {
    const web = await find();
    if (verb === 'remove') return web === undefined && !(await host().has(STATE));
    return web?.state === 'running' && web.generation === (verb === 'update' ? 2 : 1);
  };

  /** Creates the container, stopped or running, with generation 1 except for `remove`. For `create`, only its state. */
  const arrange = async (verb: Verb, { running }: State) => {
    const web = await find();
    const isUpdated = web?.generation === 2 && verb !== 'remove';
    if (isUpdated) await tool().get(['remove', 'web', '--delete-state']);
    if (web === undefined || isUpdated) await tool().get(args('create'));
    await tool().get([running === true ? 'start' : 'kill', 'web']);
    if (verb === 'create' && running !== true) await tool().get(['remove', 'web']);
  };

  for (const state of STATES) {
    describe(state.title, () => {
      for (const verb of VERBS) {
        it(`${verb} succeeds or changes nothing`, async () => {
          await arrange(verb, state);
          await shell(state.begin);
          try {
            if (verb === 'create' && state.running === true) await tool().get(['remove', 'web']);
            const before = await look();
            const { code, document, stderr } = await tool().ask(args(verb));
            const done = await isDone(verb);
            const changes = diffSnapshots(before, await look());
            const how = done && code === 0 ? 'done' : changes.length === 0 ? 'as before' : 'half-done';
            expect(how, `${code} ${JSON.stringify(document)}\n${stderr}\n${changes.join('\n')}`).to.not.equal(
              'half-done',
            );
            seen.set(`${state.title} ${verb}`, `exit ${code}: ${how}`);
          } finally {
            await host().run(['sh', '-c', `nixos-nspawn kill web; ${state.end ?? ':'}`], {
              check: false,
            });
          }
        });
      }
    });
  }

  describe('afterwards', () => {
    it('has the results of the table in the manual', async () => {
      await expectOnPage(
        'states',
        ['state', ...VERBS],
        STATES.map(({ title }) => [title, ...VERBS.map((verb) => seen.get(`${title} ${verb}`) ?? '')]),
      );
    });
  });
});
