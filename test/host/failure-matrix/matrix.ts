import { expect } from 'chai';
import { type Host, type Snapshot, waitFor } from '../host.js';
import { diffSnapshots } from '../snapshot.js';
import { describeOnHost } from '../suite.js';
import { Tool } from '../tool.js';
import { type Fault, Faults } from './faults.js';
import { expectOnPage } from './page.js';
import { SmallDisks } from './small-disks.js';
import { STEP_TITLES, type StepId } from './step-titles.js';

/** The faults of a step, which are the columns of the manual's tables. */
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

/** One trial: the fault, and the command's arguments if they differ from those of the verb. */
export interface Cell {
  fault: Fault;
  args?: () => readonly string[];
}

export interface Row {
  step: StepId;
  cells: Partial<Record<Column, Cell>>;
  /** First brings the container into another state, in which this row and those below begin. */
  arrange?: () => Promise<void>;
}

export interface Verb {
  verb: string;
  args: () => readonly string[];
  rows: readonly Row[];
  /** Directories on small file systems, with their sizes in megabytes. */
  disks: Readonly<Record<string, number>>;
  /** Brings the fresh host into the state in which every trial begins. */
  arrange: () => Promise<void>;
  /** Whether the state directory is compared too. That of a running container changes by itself. */
  withState: boolean;
  /** Further directories that are compared, which a running container does not change. */
  watched?: readonly string[];
  /** For a verb that the tool only finishes, never undoes: restores the previous state. */
  takeBack?: () => Promise<void>;
  /** What removes the container after the verb: a command, or more; default `remove` with its first name. */
  clear?: readonly string[] | (() => Promise<void>);
}

/** The directories that the tool changes, without lock files, because only their holders matter. */
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
 * Runs a verb with each fault at each step, takes a snapshot of the host, and another one after the next command on the
 * container. Compares the results with the page of the manual. In the end, the host must be as before or the change
 * must be complete.
 */
export function failureMatrix(title: string, hostName: string, define: (bench: () => Bench) => Verb): void {
  describeOnHost(title, hostName, (host) => {
    const bench = (): Bench => ({ host: host(), tool: new Tool(host()) });
    const verb = define(bench);
    const seen = new Map<string, string>();
    const places = [...PLACES, ...(verb.withState ? [MACHINES] : []), ...(verb.watched ?? [])];
    let faults: Faults;
    let before: Snapshot;
    /** The result of a verb that the tool only finishes, never undoes. */
    let whole: Snapshot | null = null;

    /** The host without the container. */
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

    /** Waits until the host no longer changes, and returns which known state it is in; null if it is half-done. */
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

    /** Starts again after a failed trial, so that what it left does not affect others. */
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
          it(`${COLUMNS[column]}: then or after the next command, the host is as before or the change is complete`, async () => {
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

    // A separate group, because mocha runs the tests of a group before its inner groups.
    describe('afterwards', () => {
      it('has the results of the table in the manual', async () => {
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

      it("has an entry in the host's journal for each run that the next command undid", async () => {
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

      it('succeeds without a fault, and the container can then be removed completely', async () => {
        await bench().tool.get(verb.args());
        const { clear = ['remove', NAME, '--delete-state'] } = verb;
        if (typeof clear === 'function') await clear();
        else await bench().tool.get(clear);
        await waitFor('nothing to be left', async () => {
          const left = diffSnapshots(nothing, await look([...PLACES, MACHINES]));
          if (left.length > 0) throw new Error(left.join('\n'));
          return true;
        });
      });
    });
  });
}

/** A `before` with enough time for a busy machine. */
function prepare(act: () => Promise<void>): void {
  before(async function () {
    this.timeout(300_000);
    await act();
  });
}

/** Prints the target of NixOS's link to the running system in the container; nothing if it does not run. */
const WHAT_RUNS = `nspawn=$(systemctl show --property=MainPID --value systemd-nspawn@${NAME}.service)
[ "$nspawn" = 0 ] || readlink "/proc/$(cat "/proc/$nspawn/task/$nspawn/children" | cut -d" " -f1)/root/run/current-system"
:`;
