import { execFile } from 'node:child_process';
import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Dice } from '../unit/cli/hostile-words.js';
import { type Cut, copySparse, DiskHistory } from './power-cuts/crash.js';
import { readDiskLog } from './power-cuts/disk-log.js';
import { judge, onHost, type State, stateOn } from './power-cuts/judge.js';
import { type Recording, record } from './power-cuts/recording.js';
import { printTable, type Result } from './power-cuts/table.js';
import { VERBS } from './power-cuts/verbs.js';
import { VirtualMachine } from './virtual-machine.js';

const SEED = Number(process.env.NIXOS_NSPAWN_TEST_SEED ?? 20_261_130);
/** The number of cuts for each one in the table of verbs. */
const FACTOR = Number(process.env.NIXOS_NSPAWN_TEST_CUTS ?? 1);
/** The limit of the file system in memory for the images, which need not outlive the test. */
const SCRATCH_SIZE = '5G';
const FILE_SYSTEMS = ['ext4', 'btrfs'] as const;

const command = promisify(execFile);

interface Trial extends Cut {
  seed: number;
  hadEnded: boolean;
}

for (const fileSystem of FILE_SYSTEMS)
  describe(`after a power cut on ${fileSystem} (NIXOS_NSPAWN_TEST_SEED=${SEED})`, () => {
    /** A directory in memory. */
    let scratch: string;
    let recording: Recording;
    let history: DiskHistory;
    const dice = new Dice(SEED);
    const results: Result[] = [];

    /** The state after this number of requests, without losses. */
    const stateAt = async (requests: number): Promise<State> => {
      const image = join(scratch, 'whole.img');
      await copySparse(join(scratch, 'base.img'), image);
      await history.bringForward(image, requests);
      const state = await onHost(`cut-${fileSystem}`, image, stateOn);
      await rm(image);
      return state;
    };

    before(async function () {
      this.timeout(3_600_000);
      const reason = await VirtualMachine.unavailable();
      if (reason !== null) {
        console.warn(`      no virtual machine: ${reason}`);
        this.skip();
      }
      scratch = await mkdtemp(join(tmpdir(), 'nixos-nspawn-cuts-'));
      await command('mount', ['-t', 'tmpfs', '-o', `size=${SCRATCH_SIZE}`, 'tmpfs', scratch]);
      const image = await VirtualMachine.baseImage(fileSystem);
      recording = await record(`record-${fileSystem}`, image, scratch);
      await rm(join(scratch, 'recorded.img'));
      const base = join(scratch, 'base.img');
      await copySparse(image, base);
      history = new DiskHistory(await readDiskLog(recording.log), recording.log, base);
    });

    after(async () => {
      if (scratch === undefined) return;
      await command('umount', [scratch]);
      await rmdir(scratch);
      printTable(fileSystem, SEED, results);
    });

    for (const [index, verb] of VERBS.entries()) {
      const count = Math.max(1, Math.round(verb.cuts * FACTOR));
      it(`during ${verb.title}, the container is whole (${count} cuts)`, async function () {
        this.timeout(7_200_000);
        const marks = recording.verbs[index];
        if (marks === undefined) throw new Error('the recording has other verbs');
        const [begin, ended, settled] = [marks.begin, marks.ended, marks.settled].map((position) =>
          history.requestsBefore(position),
        ) as [number, number, number];

        const former = await stateAt(begin);
        const next = await stateAt(settled);

        const trials: Trial[] = Array.from({ length: count }, () => {
          const cut = history.chooseCut(dice, begin, settled);
          return { ...cut, seed: dice.below(2 ** 31), hadEnded: cut.after >= ended };
        }).sort((one, other) => one.after - other.after);
        const failures: string[] = [];
        const image = join(scratch, 'cut.img');
        for (const trial of trials) {
          const result: Result = { verb: verb.title, hadEnded: trial.hadEnded, verdict: 'lost' };
          results.push(result);
          await history.crash(trial, new Dice(trial.seed), image);
          try {
            result.verdict = await onHost(`cut-${fileSystem}`, image, (host) =>
              judge(host, verb, [former, next], trial.hadEnded),
            );
            console.log(`        ${JSON.stringify(trial)}: ${result.verdict}`);
          } catch (error) {
            const text = error instanceof Error ? error.message : String(error);
            console.log(`        ${JSON.stringify(trial)}: FAILED ${text}`);
            failures.push(`${JSON.stringify(trial)}: ${text}`);
          }
        }
        if (failures.length > 0)
          throw new Error(`${failures.length} of ${count} cuts, seed ${SEED}:\n${failures.join('\n')}`);
      });
    }
  });
