import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { lifecycleEvents } from '../../../src/plugins/lifecycle.js';
import { FakeHost } from '../cli/fake-host.js';
import { EventTrial, type Operation, type Outcome } from './event-trial.js';
import { type Misbehaviour, type Moment, misbehaviours } from './misbehaviour.js';

const page = fileURLToPath(new URL('../../../docs/plugin-events.md', import.meta.url));

/**
 * The operations to try for each moment, and the expected state of the host. Not all operations that have this moment
 * are tried, because they share the code.
 */
const moments: readonly (readonly [Moment, 'as before' | 'complete', readonly Operation[]])[] = [
  ['presets', 'as before', ['create']],
  ['before-evaluate', 'as before', ['create']],
  ['after-build', 'as before', ['update']],
  ['before-activate', 'as before', ['rollback']],
  ['after-activate', 'as before', ['create', 'update', 'rollback']],
  ['after-create', 'complete', ['create']],
  ['after-update', 'complete', ['update']],
  ['after-rollback', 'complete', ['rollback']],
  ['after-remove', 'complete', ['remove']],
  ['after-autostart', 'complete', ['autostart']],
];

describe('a plugin that misbehaves', () => {
  const cells = new Map<string, string>();
  const key = (moment: Moment, operation: Operation, misbehaviour: Misbehaviour) =>
    `${moment} ${operation} ${misbehaviour}`;
  /** Two hosts for each operation. On the second one, the plugin that hangs is tried at the same time as the others. */
  const trials = new Map<Operation, Promise<[EventTrial, EventTrial]>>();
  const trialsOf = (operation: Operation) => {
    const made =
      trials.get(operation) ?? Promise.all([EventTrial.make(operation), EventTrial.make(operation)]);
    trials.set(operation, made);
    return made;
  };
  const environment = { ...process.env };
  let programs: FakeHost;

  before(async () => {
    programs = await FakeHost.make();
    Object.assign(process.env, programs.env);
  });

  after(async () => {
    for (const variable of Object.keys(programs.env)) {
      delete process.env[variable];
      Object.assign(process.env, variable in environment ? { [variable]: environment[variable] } : {});
    }
    for (const trial of (await Promise.all(trials.values())).flat()) await trial.end();
    await programs.end();
  });

  for (const [moment, end, operations] of moments)
    for (const operation of operations) {
      const fails = end === 'as before';
      it(`at ${moment} of ${operation} ${fails ? 'makes it fail, and the host is as before' : 'is a warning, and the change remains'}`, async () => {
        const seen = await tryAll(moment, await trialsOf(operation));
        for (const [misbehaviour, outcome] of seen) {
          cells.set(key(moment, operation, misbehaviour), cell(outcome));
          expect(outcome, misbehaviour).to.include({
            host: end,
            askedOn: misbehaviour === 'two disagree' && !fails,
          });
          expect(outcome.exitCode === 0, misbehaviour).to.equal(!fails);
          expect(outcome.codes, misbehaviour).to.have.lengthOf(1);
          expect(outcome.message).to.match(
            misbehaviour === 'two disagree' ? /'second'|More than one/ : /'plugin'/,
          );
        }
      });
    }

  it('is tried at every event', () => {
    expect(moments.map(([moment]) => moment)).to.have.members(['presets', ...lifecycleEvents]);
  });

  it('has the effects that docs/plugin-events.md lists', async () => {
    const rows = moments.flatMap(([moment, , operations]) =>
      operations.map((operation) => [
        `\`${moment}\``,
        operation,
        ...misbehaviours.map(
          (misbehaviour) => cells.get(key(moment, operation, misbehaviour)) ?? 'not tried',
        ),
      ]),
    );
    await expectOnPage(['event', 'operation', ...misbehaviours], rows);
  });
});

/** Tries every misbehaviour at this moment. */
async function tryAll(
  moment: Moment,
  [quick, slow]: readonly [EventTrial, EventTrial],
): Promise<Map<Misbehaviour, Outcome>> {
  const seen = new Map<Misbehaviour, Outcome>();
  const tryThese = async (trial: EventTrial, tried: readonly Misbehaviour[]) => {
    for (const misbehaviour of tried) seen.set(misbehaviour, await trial.see(misbehaviour, moment));
  };
  await Promise.all([
    tryThese(slow, ['hangs']),
    tryThese(
      quick,
      misbehaviours.filter((one) => one !== 'hangs'),
    ),
  ]);
  return seen;
}

function cell({ host, exitCode, codes }: Outcome): string {
  const code = `\`${codes.join('`, `')}\``;
  return exitCode === 0 ? `${host}; warning ${code}` : `${host}; ${exitCode} ${code}`;
}

/** Compares the table in the manual with the results. Writes it instead if NIXOS_NSPAWN_TEST_WRITE_PAGES is set. */
async function expectOnPage(header: readonly string[], rows: readonly (readonly string[])[]): Promise<void> {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
  const text = await readFile(page, 'utf8');
  const [begin, end] = ['<!-- trials -->\n\n', '\n\n<!-- end of trials -->'];
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`${page} has no place for the table`);
  if (process.env.NIXOS_NSPAWN_TEST_WRITE_PAGES !== undefined)
    await writeFile(page, text.slice(0, from) + table + text.slice(to));
  else expect(text.slice(from, to), `${page}; NIXOS_NSPAWN_TEST_WRITE_PAGES=1 updates it`).to.equal(table);
}
