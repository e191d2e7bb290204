import { expect } from 'chai';
import { type Host, type Snapshot, waitFor } from '../host.js';
import { diffSnapshots } from '../snapshot.js';
import { describeOnHost } from '../suite.js';
import { Tool } from '../tool.js';
import { type Fault, Faults } from './faults.js';
import { expectOnPage } from './page.js';
import { SmallDisks } from './small-disks.js';
import { STEP_TITLES, type StepId } from './step-titles.js';

/** What can go wrong in a step: the columns of the manual's tables. */
export const COLUMNS = {
  fails: 'its command fails',
  interrupted: 'Ctrl-C',
  killed: 'SIGKILL',
  full: 'disk full',
  refused: 'machined refuses',
  'never-ready': 'never ready',
  crash: 'init crashes',
} as const;

export type Column = keyof typeof COLUMNS;

/** One trial: the fault, and the command's arguments where they are not the verb's own. */
export interface Cell {
  fault: Fault;
  args?: () => readonly string[];
}

export interface Row {
  step: StepId;
  cells: Partial<Record<Column, Cell>>;
  /** Brings the container into another state first, in which this row and those below begin. */
  arrange?: () => Promise<void>;
}

export interface Verb {
  verb: string;
  args: () => readonly string[];
  rows: readonly Row[];
  /** Directories on small file systems, with their sizes in megabytes. */
  disks: Readonly<Record<string, number>>;
  /** Brings the fresh host into the state that every trial begins with, and gets back to. */
  arrange: () => Promise<void>;
  /** Whether the state directory counts too; that of a running container changes by itself. */
  withState: boolean;
  /** For a verb that is only ever carried out to its end: gets back to the state before. */
  takeBack?: () => Promise<void>;
}

/** The places that the tool changes; of a lock's file alone nobody takes notice, since what counts is who holds it. */
const PLACES = [
  '/etc/systemd',
  '/var/lib/nixos-nspawn',
  '/nix/var/nix/profiles',
  '/nix/var/nix/gcroots',
  '/run/nixos-nspawn/roots',
  '/run/systemd/system',
];

const MACHINES = '/var/lib/machines';
const NAME = 'web';
const JOURNAL = `/var/lib/nixos-nspawn/journal/${NAME}.jsonl`;

export interface Bench {
  host: Host;
  tool: Tool;
}

/**
 * Runs a verb with each fault at each step, looks at the host, looks again after the next command on the container, and
 * compares all of it with the manual's page. Afterwards the host must always be as before, or all must be done.
 */
export function failureMatrix(title: string, hostName: string, define: (bench: () => Bench) => Verb): void {
  describeOnHost(title, hostName, (host) => {
    const bench = (): Bench => ({ host: host(), tool: new Tool(host()) });
    const verb = define(bench);
    const seen = new Map<string, string>();
    const places = verb.withState ? [...PLACES, MACHINES] : PLACES;
    let faults: Faults;
    let before: Snapshot;
    /** Of a verb that is carried out to its end. */
    let whole: Snapshot | null = null;

    /** What there is of the container before there is any. */
    let nothing: Snapshot;

    const look = async (within = places): Promise<Snapshot> => {
      const found = await host().snapshot(within);
      if (!found.has(`machine ${NAME}`)) return found;
      return new Map(found).set('what runs', await host().ask(['sh', '-c', WHAT_RUNS]));
    };

    prepare(async () => {
      faults = new Faults(host(), await SmallDisks.mount(host(), verb.disks));
      await host().run(['mkdir', '-p', '/srv/shared', '/run/nixos-nspawn/roots']);
      nothing = await look([...PLACES, MACHINES]);
      await verb.arrange();
      if (verb.takeBack) {
        await bench().tool.get(verb.args());
        whole = await look();
        await verb.takeBack();
      }
      before = await look();
    });

    /** Which of the states known beforehand the host is in, once it has come to rest; null where it is half-done. */
    const settled = async (said: string): Promise<'as before' | 'done' | null> => {
      let changes: string[] = [];
      try {
        const { state } = await waitFor(
          'the host to be as before, or all to be done',
          async () => {
            const now = await look();
            changes = diffSnapshots(before, now);
            if (changes.length === 0) return { state: 'as before' as const };
            if (whole !== null && diffSnapshots(whole, now).length === 0) return { state: 'done' as const };
            return now.has(`path ${JOURNAL}`) ? { state: null } : null;
          },
          { timeout: 60_000, interval: 500 },
        );
        return state;
      } catch {
        throw new Error(`the host is neither as before nor as it should be:\n${changes.join('\n')}\n${said}`);
      }
    };

    const trial = async ({ fault, args = verb.args }: Cell): Promise<string> => {
      const { exitCode, stderr } = await faults.run(args(), fault);
      let how = exitCode === null ? 'killed' : `exit ${exitCode}`;
      let state = await settled(stderr);
      if (state === null) {
        const { document, stderr: told } = await bench().tool.ask(['status', NAME]);
        const outcome = / It is now (undone|finished)\./.exec(`${JSON.stringify(document)}${told}`)?.[1];
        expect(outcome, `${stderr}\n${JSON.stringify(document)}`).to.be.oneOf(['undone', 'finished']);
        how += `: half-done; the next command: ${outcome}`;
        state = await settled(stderr);
        expect(state, 'what the next command leaves').to.not.equal(null);
        how += `, ${state}`;
      } else how += `: ${state}`;
      if (state === 'done') await verb.takeBack?.();
      return how;
    };

    /** So that a trial that left something makes no other fail. */
    const anew = async (row: Row) => {
      await bench().tool.get(['remove', NAME, '--delete-state']);
      await verb.arrange();
      await row.arrange?.();
      before = await look();
    };

    for (const row of verb.rows) {
      describe(`at '${STEP_TITLES[row.step]}'`, () => {
        const { arrange } = row;
        if (arrange)
          prepare(async () => {
            await arrange();
            before = await look();
          });
        for (const column of Object.keys(COLUMNS) as Column[]) {
          const cell = row.cells[column];
          if (cell === undefined) continue;
          it(`${COLUMNS[column]}: afterwards, or after the next command, all is as before or done`, async () => {
            try {
              seen.set(`${row.step} ${column}`, await trial(cell));
            } catch (error) {
              await anew(row);
              throw error;
            }
          });
        }
      });
    }

    // A group of its own, for mocha runs the cases of a group before the groups in it.
    describe('in the end', () => {
      it('does what the page of the manual says', async () => {
        const columns = (Object.keys(COLUMNS) as Column[]).filter((column) =>
          verb.rows.some(({ cells }) => cells[column] !== undefined),
        );
        await expectOnPage(
          verb.verb,
          ['step', ...columns.map((column) => COLUMNS[column])],
          verb.rows.map(({ step }) => [
            STEP_TITLES[step],
            ...columns.map((column) => seen.get(`${step} ${column}`) ?? ''),
          ]),
        );
      });

      it("has each run that the next command undid in the host's journal", async () => {
        const undone = [...seen.values()].filter((text) => / undone, /.test(text));
        const entries = [
          `NIXOS_NSPAWN_OPERATION=${verb.verb}`,
          'NIXOS_NSPAWN_ERROR=It was interrupted, and is now undone.',
        ];
        await waitFor('an entry of each', async () => {
          const told = await host().ask(['journalctl', '--quiet', '--output=cat', ...entries]);
          expect(told.split('\n').filter((line) => line !== '')).to.have.lengthOf(undone.length);
          return true;
        });
      });

      it('works where nothing fails, and of the container nothing is left once it is removed', async () => {
        await bench().tool.get(verb.args());
        await bench().tool.get(['remove', NAME, '--delete-state']);
        await waitFor('nothing to be left', async () => {
          const left = diffSnapshots(nothing, await look([...PLACES, MACHINES]));
          if (left.length > 0) throw new Error(left.join('\n'));
          return true;
        });
      });
    });
  });
}

/** A `before` with the time that a busy machine needs. */
function prepare(act: () => Promise<void>): void {
  before(async function () {
    this.timeout(300_000);
    await act();
  });
}

/** What the container's init says that it runs, as NixOS's link within it tells; nothing where it does not run. */
const WHAT_RUNS = `nspawn=$(systemctl show --property=MainPID --value systemd-nspawn@${NAME}.service)
[ "$nspawn" = 0 ] || readlink "/proc/$(cat "/proc/$nspawn/task/$nspawn/children" | cut -d" " -f1)/root/run/current-system"
:`;
