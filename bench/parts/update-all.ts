import { type Traced, timed, traced } from '../measure/command.js';
import { figure, median } from '../measure/paired.js';
import type { Measured, Part } from '../results.js';
import { endAllContainers } from './autostart.js';
import { flakeOf, writeFlake, writeGeneration } from './made-up-flake.js';
import { ours } from './program.js';

const ROUNDS = 3;
const COUNT = 20;
const names = Array.from({ length: COUNT }, (_, index) => `all-${index + 1}`);

/** Measures updates of 20 stopped containers of one flake, with one command and with one command for each. */
export async function updateAll(node: string): Promise<Part> {
  await writeFlake(names);
  await writeGeneration('0');
  for (const name of names) await timed({ argv: ours(node, 'create', name, '--flake', flakeOf(name)) });
  await endAllContainers();
  const all = new Map<string, Traced[]>([
    ['1', []],
    ['2', []],
  ]);
  const single: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [jobs, runs] of all) {
      await writeGeneration(`${round}-${jobs}`);
      runs.push(await traced({ argv: ours(node, 'update', '--all', '--jobs', jobs) }));
    }
    await writeGeneration(`${round}-single`);
    let sum = 0;
    for (const name of names) sum += (await timed({ argv: ours(node, 'update', name) })).milliseconds;
    single.push(sum);
  }
  for (const name of names) await timed({ argv: ours(node, 'remove', name, '--delete-state') });
  const builds = (runs: readonly Traced[]) => runs.map(({ children }) => children.filter(isBuild).length);
  return {
    title: `Update of ${COUNT} containers of one flake`,
    about: `Each command runs ${ROUNDS} times, each time with a changed configuration. The containers do not run. An evaluation is one run of \`nix build\`.`,
    rows: [
      row('one `update` for each, one after the other', 'ms', single),
      ...[...all].flatMap(([jobs, runs]) => [
        {
          ...row(
            `\`update --all --jobs ${jobs}\``,
            'ms',
            runs.map(({ milliseconds }) => milliseconds),
          ),
          against: {
            what: 'one `update` for each',
            ratio: median(
              runs.map(({ milliseconds }, round) => milliseconds / (single[round] ?? milliseconds)),
            ),
          },
        },
        row(`\`update --all --jobs ${jobs}\`, evaluations`, 'processes', builds(runs), {
          of: 'median',
          atMost: 1,
        }),
        row(
          `\`update --all --jobs ${jobs}\`, peak memory of the tool`,
          'MiB',
          runs.map(({ peakMemory }) => peakMemory / 1024 ** 2),
        ),
      ]),
    ],
    curve: null,
    notes: [],
  };
}

const isBuild = ({ argv }: Traced['children'][number]) => {
  const nix = argv.indexOf('nix');
  return nix !== -1 && argv[nix + 1] === 'build';
};

const row = (
  what: string,
  unit: Measured['unit'],
  values: readonly number[],
  limit: Measured['limit'] = null,
): Measured => ({ what, unit, ...figure(values), against: null, limit });
