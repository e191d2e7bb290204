import * as z from 'zod';
import { type RunOptions, run } from '../base/process.js';
import { propertiesOf } from './systemctl.js';

/* Queries and commands for the service manager of a running container, over its own bus (systemctl(1), --machine=). */

type Options = Pick<RunOptions, 'signal'>;

/** The names of the failed units in the container. */
export async function failedUnits(machine: string, options: Options = {}): Promise<string[]> {
  const argv = [
    'systemctl',
    `--machine=${machine}`,
    'list-units',
    '--state=failed',
    '--output=json',
  ] as const;
  const { stdout } = await run([...argv, '--no-pager'], options);
  return z
    .array(z.looseObject({ unit: z.string() }))
    .parse(JSON.parse(stdout))
    .map(({ unit }) => unit);
}

export async function showUnitInside(
  machine: string,
  unit: string,
  properties: readonly string[],
  options: Options = {},
): Promise<Map<string, string>> {
  const argv = ['systemctl', `--machine=${machine}`, 'show', unit] as const;
  const { stdout } = await run([...argv, `--property=${properties.join(',')}`], options);
  return propertiesOf(stdout);
}

export async function resetFailedInside(machine: string, unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', `--machine=${machine}`, 'reset-failed', unit], options);
}

/** Kills all processes of a unit at once. A unit without processes is not an error. */
export async function endUnitInside(machine: string, unit: string): Promise<void> {
  await run(['systemctl', `--machine=${machine}`, 'kill', '--signal=KILL', unit], { acceptCodes: [0, 1] });
}

/** Sends a signal to the unit's main process; returns whether there was one. */
export async function killUnitInside(
  machine: string,
  unit: string,
  signal: NodeJS.Signals,
  options: Options = {},
): Promise<boolean> {
  const argv = ['systemctl', `--machine=${machine}`, 'kill', '--kill-whom=main'] as const;
  const { exitCode } = await run([...argv, `--signal=${signal}`, unit], { ...options, acceptCodes: [0, 1] });
  return exitCode === 0;
}
