import { expect } from 'chai';
import { Dice } from '../../unit/cli/hostile-words.js';
import { answers } from '../by-hand.js';
import { describeOnHost } from '../suite.js';
import { type Document, Tool } from '../tool.js';
import { type Call, type Fault, Faults, type Trial } from './faults.js';
import { buildInitCrash, buildWeb } from './faulty-builds.js';
import { SmallDisks } from './small-disks.js';
import type { StepId } from './step-titles.js';

const SEED = Number(process.env.NIXOS_NSPAWN_TEST_SEED ?? 20_261_125);
/** The number of changes of a running container and of a stopped one, which are faster. */
const [RUNNING, STOPPED] = [14, 36];
const NAME = 'web';
/** The expected exit codes: done, no previous generation, failed and undone, external command failed, interrupted. */
const DOCUMENTED: readonly number[] = [0, 3, 8, 11, 130];

const STEPS = [
  'set-profile',
  'write-units',
  'prepare-state',
  'remember-source',
  'activate',
] as const satisfies readonly StepId[];

const CALLS: readonly [Call, ...Call[]] = [
  { program: 'nix-env', word: '--set' },
  { program: 'nix-env', word: '--switch-generation' },
  { program: 'systemctl', word: '--property=NeedDaemonReload' },
  { program: 'systemctl', word: 'reload' },
  { program: 'systemctl', word: 'list-units' },
];

type NonEmpty<T> = readonly [T, ...T[]];

function nonEmpty<T>([first, ...others]: readonly T[]): NonEmpty<T> {
  if (first === undefined) throw new Error('there is nothing to choose from');
  return [first, ...others];
}

interface Change {
  args: string[];
  fault: Fault;
}

/** The profile of a container: the closure of each generation, and the current one. */
interface Profile {
  closures: ReadonlyMap<number, string>;
  current: number | null;
}

describeOnHost(
  `changes in random order with random faults (NIXOS_NSPAWN_TEST_SEED=${SEED})`,
  'random',
  (host) => {
    const dice = new Dice(SEED);
    const story: string[] = [];
    /** The page of each closure. */
    const pages = new Map<string, string>();
    let faults: Faults;
    let profile: Profile;
    const tool = () => new Tool(host());
    const closures = () => nonEmpty([...pages.keys()]);

    before(async function () {
      this.timeout(300_000);
      faults = new Faults(host(), await SmallDisks.mount(host(), {}));
      for (const generation of ['1', '2', '3', '4'])
        pages.set(await buildWeb(host(), generation), `hello from ${NAME} generation ${generation}`);
      await tool().get(['create', NAME, '--profile', dice.pick(closures())]);
      profile = await remembered();
    });

    /** Reads the profile with a command that first undoes or finishes a killed change. */
    const remembered = async (): Promise<Profile> => {
      const generations = await tool().get<Document[]>(['list-generations', NAME]);
      return {
        closures: new Map(generations.map(({ generation, path }) => [Number(generation), String(path)])),
        current: Number(generations.find(({ current }) => current)?.generation ?? Number.NaN),
      };
    };

    const randomFault = (): Fault => {
      const step = dice.pick(STEPS);
      const call = dice.pick(CALLS);
      return dice.pick<Fault>([
        { kind: 'none' },
        { kind: 'none' },
        { kind: 'call-fails', call },
        { kind: 'killed-after-call', call },
        { kind: 'signal', at: { step, type: 'step-started' }, signal: 'SIGINT' },
        { kind: 'signal', at: { step, type: 'step-done' }, signal: 'SIGKILL' },
      ]);
    };

    const randomChange = (strategies: NonEmpty<string>): Change => {
      const to = String(dice.pick(nonEmpty([...profile.closures.keys()])));
      const args = dice.pick([
        ['update', NAME, '--profile', dice.pick(closures())],
        ['rollback', NAME],
        ['rollback', NAME, '--to', to],
      ]);
      return { args: [...args, '--strategy', dice.pick(strategies)], fault: randomFault() };
    };

    /** The page of the current generation. */
    const currentPage = () => pages.get(profile.closures.get(profile.current ?? 0) ?? '');

    const carryOut = async ({ args, fault }: Change): Promise<Trial> => {
      story.push(`${args.join(' ')} with ${JSON.stringify(fault)}`);
      const trial = await faults.run(args, fault, { mayMiss: true });
      story.push(`  -> ${trial.exitCode ?? 'killed'}`);
      return trial;
    };

    /** Checks the generations after a change, whatever its result was. */
    const expectNothingLost = (before: Profile, now: Profile, { exitCode }: Trial, change: Change) => {
      for (const [number, closure] of before.closures) expect(now.closures.get(number)).to.equal(closure);
      const fresh = [...now.closures.keys()].filter((number) => !before.closures.has(number));
      const isWhole = exitCode === 0 || exitCode === null;
      expect(fresh.length, 'generations that came').to.be.at.most(
        isWhole && change.args[0] === 'update' ? 1 : 0,
      );
      if (!isWhole) expect(now.current).to.equal(before.current);
      else if (fresh.length > 0) expect(now.current).to.equal(fresh[0]);
      if (exitCode === 0 && change.args[0] === 'update')
        expect(now.closures.get(now.current ?? 0)).to.equal(change.args[3]);
      if (exitCode === 0 && change.args[2] === '--to') expect(now.current).to.equal(Number(change.args[3]));
    };

    const change = async (strategies: NonEmpty<string>): Promise<{ trial: Trial; args: string[] }> => {
      const planned = randomChange(strategies);
      const trial = await carryOut(planned);
      if (trial.exitCode !== null) expect(trial.exitCode, trial.stderr).to.be.oneOf(DOCUMENTED);
      const now = await remembered();
      expectNothingLost(profile, now, trial, planned);
      profile = now;
      return { trial, args: planned.args };
    };

    /** Runs the changes. A failure is reported with all changes before it. */
    const telling = async (act: () => Promise<void>) => {
      try {
        await act();
      } catch (error) {
        throw new Error(`seed ${SEED}\n${story.join('\n')}`, { cause: error });
      }
    };

    it(`lose no generation of a running container, which answers after each successful one (${RUNNING})`, () =>
      telling(async () => {
        for (let done = 0; done < RUNNING; done += 1) {
          const { trial, args } = await change(['reload', 'reload', 'reload', 'none']);
          const page = await answers(host(), `http://${NAME}/`);
          if (trial.exitCode === 0 && args.includes('reload'))
            expect(page, trial.stderr).to.equal(currentPage());
        }
      })).timeout(600_000);

    it('restore a generation that answers if the new one does not start', () =>
      telling(async () => {
        // First activates the current generation, because a change without activation may have left another one running.
        await tool().get(['restart', NAME]);
        const crash = await buildInitCrash(host());
        const trial = await carryOut({
          args: ['update', NAME, '--profile', crash, '--strategy', 'restart'],
          fault: { kind: 'none' },
        });
        expect(trial.exitCode, trial.stderr).to.equal(8);
        expect(await remembered()).to.deep.equal(profile);
        expect(await answers(host(), `http://${NAME}/`)).to.equal(currentPage());
      })).timeout(120_000);

    it(`lose no generation of a stopped container, which answers when it is finally started (${STOPPED})`, () =>
      telling(async () => {
        await tool().get(['stop', NAME]);
        for (let done = 0; done < STOPPED; done += 1) await change(['dynamic']);
        await tool().get(['start', NAME]);
        expect(await answers(host(), `http://${NAME}/`)).to.equal(currentPage());
      })).timeout(900_000);
  },
);
