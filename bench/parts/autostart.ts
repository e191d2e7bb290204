import { timed, traced } from '../measure/command.js';
import { figure, median } from '../measure/paired.js';
import type { Measured, Part } from '../results.js';
import { ours } from './program.js';

/** Measures the start of all containers at boot, one after the other and in parallel on all processors. */
export async function autostart(node: string, names: readonly string[], rounds: number): Promise<Part> {
  const times = { sequential: [] as number[], parallel: [] as number[] };
  const peaks: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await endAllContainers();
    times.sequential.push(
      (await traced({ argv: ours(node, 'autostart', '--json', '--jobs', '1') })).milliseconds,
    );
    await endAllContainers();
    const { milliseconds, peakMemory } = await traced({ argv: ours(node, 'autostart', '--json') });
    times.parallel.push(milliseconds);
    peaks.push(peakMemory);
  }
  const ratio = median(times.parallel.map((time, round) => time / (times.sequential[round] ?? time)));
  const row = (what: string, values: number[], against: Measured['against']): Measured => ({
    what: `${names.length} containers, ${what}`,
    unit: 'ms',
    ...figure(values),
    against,
    limit: null,
  });
  return {
    title: `Autostart of ${names.length}`,
    about: `Each command runs ${rounds === 1 ? 'once' : `${rounds} times`}. When it ends, all containers run and have reported that they are ready.`,
    rows: [
      row('one after the other (`--jobs 1`)', times.sequential, null),
      row('as many at a time as processors', times.parallel, { what: 'one after the other', ratio }),
    ],
    curve: null,
    notes: [`Peak memory of the tool: ${Math.round(Math.max(...peaks) / 1024 ** 2)} MiB.`],
  };
}

/** Kills all running containers. */
export async function endAllContainers(): Promise<void> {
  await timed({ argv: ['systemctl', 'kill', '--signal=SIGKILL', 'systemd-nspawn@*.service'] });
  await timed({ argv: ['systemctl', 'stop', 'systemd-nspawn@*.service'] });
  await timed({ argv: ['systemctl', 'reset-failed'] });
}
