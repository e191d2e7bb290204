import * as z from 'zod';
import { type Traced, traced } from '../measure/command.js';
import { figure, median } from '../measure/paired.js';
import type { Measured, Part } from '../results.js';
import { endAllContainers } from './autostart.js';
import { buildContainers, dropContainers, putContainers } from './made-up.js';
import { flakeOf, writeFlake, writeGeneration } from './made-up-flake.js';
import { ours } from './program.js';

const ROUNDS = 3;
/** How many containers exist, and how many of them run. */
const SIZES = [
  { all: 100, running: 20 },
  { all: 1000, running: 200 },
] as const;
/** How many containers a preview of `update --all` builds. */
const UPDATED = 100;
/** Ten times as many containers may take at most this many times as long. */
const GROWTH = 10;

const COMMANDS: readonly (readonly string[])[] = [
  ['list', '--json'],
  ['status', '--json'],
  ['doctor', '--json'],
  ['autostart', '--dry-run', '--json'],
];

/** Measures commands that read all containers, with 100 and with 1000 containers. A fifth of the containers runs. */
export async function scale(node: string): Promise<Part> {
  const rows: Measured[] = [];
  const notes: string[] = [];
  const former = new Map<string, number>();
  for (const { all, running } of SIZES) {
    const started = await buildContainers(running);
    const idle = await buildContainers(all - running, { autoStart: false, prefix: 'idle' });
    await putContainers(started);
    await putContainers(idle);
    // 11: some of them could not be started. How many run is a result.
    const boot = await traced({ argv: ours(node, 'autostart', '--json'), codes: [0, 11] });
    const views = z.array(z.looseObject({ state: z.string() })).parse(JSON.parse(boot.stdout));
    notes.push(
      `${views.filter(({ state }) => state === 'running').length} of ${running} containers could be started, in ${Math.round(boot.milliseconds / 1000)} s.`,
    );
    for (const words of COMMANDS) {
      const runs: Traced[] = [];
      // 7: doctor has findings about the throw-away host.
      const command = { argv: ours(node, ...words), codes: [0, 7] };
      for (let round = 0; round < ROUNDS; round++) runs.push(await traced(command));
      const what = words.filter((word) => word !== '--json').join(' ');
      const times = runs.map(({ milliseconds }) => milliseconds);
      const before = former.get(what);
      former.set(what, median(times));
      rows.push({
        what: `${what}, ${all} containers, ${running} running`,
        unit: 'ms',
        ...figure(times),
        against:
          before === undefined
            ? null
            : { what: `the same with ${SIZES[0].all}`, ratio: median(times) / before },
        limit: before === undefined ? null : { of: 'ratio', atMost: GROWTH },
      });
      notes.push(
        `\`${what}\` with ${all} containers: ${Math.round(Math.max(...runs.map(({ peakMemory }) => peakMemory)) / 1024 ** 2)} MiB`,
      );
    }
    await endAllContainers();
    await dropContainers([...started.keys(), ...idle.keys()]);
  }
  rows.push(await dryUpdate(node));
  return {
    title: 'Many containers',
    about: `Each command runs ${ROUNDS} times. A fifth of the containers runs. The peak memory is that of the tool.`,
    rows,
    curve: null,
    notes,
  };
}

/** Previews an update of a hundred containers of one flake. */
async function dryUpdate(node: string): Promise<Measured> {
  const names = Array.from({ length: UPDATED }, (_, index) => `all-${index + 1}`);
  await writeFlake(names);
  await writeGeneration('0');
  for (const name of names) await traced({ argv: ours(node, 'create', name, '--flake', flakeOf(name)) });
  await endAllContainers();
  const times: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    await writeGeneration(String(round));
    times.push((await traced({ argv: ours(node, 'update', '--all', '--dry-run', '--json') })).milliseconds);
  }
  for (const name of names) await traced({ argv: ours(node, 'remove', name, '--delete-state') });
  const what = `update --all --dry-run, ${UPDATED} containers of one flake`;
  return { what, unit: 'ms', ...figure(times), against: null, limit: null };
}
