import * as z from 'zod';
import { type RunOptions, run } from '../base/process.js';
import { resetFailedInside, showUnitInside } from './inside.js';

/* The failed units of a running container, as NixOS's switch-to-configuration counts them. */

type Options = Pick<RunOptions, 'signal'>;

const unitsSchema = z.array(z.looseObject({ unit: z.string(), active: z.string() }));

/**
 * The units that have failed or wait for a restart after a failure, in systemd's order. While Restart= keeps restarting
 * a unit, systemd never reports it as "failed".
 */
export async function failingUnits(machine: string, options: Options = {}): Promise<string[]> {
  const { stdout } = await run(
    [
      'systemctl',
      `--machine=${machine}`,
      'list-units',
      '--state=failed,auto-restart,auto-restart-queued',
      '--output=json',
      '--no-pager',
    ],
    options,
  );
  const failing: string[] = [];
  for (const { unit, active } of unitsSchema.parse(JSON.parse(stdout))) {
    if (active === 'failed' || (await hasFailed(machine, unit, options))) failing.push(unit);
  }
  return failing;
}

/** A unit may also be restarted after a clean exit. */
async function hasFailed(machine: string, unit: string, options: Options): Promise<boolean> {
  const result = (await showUnitInside(machine, unit, ['Result'], options)).get('Result');
  return result !== undefined && result !== 'success';
}

/** The output of `systemctl status` inside the container for these units, with their last journal lines. */
export async function unitsStatus(
  machine: string,
  units: readonly string[],
  options: Options = {},
): Promise<string> {
  const { stdout } = await run(
    ['systemctl', `--machine=${machine}`, 'status', '--no-pager', '--lines=5', '--', ...units],
    // 3: a unit is not active; 4: a unit is no longer known (systemctl(1), EXIT STATUS).
    { ...options, acceptCodes: [0, 3, 4] },
  );
  return stdout.trimEnd();
}

/** Resets units that had not failed before. Undoing an activation must also undo the failures that it caused. */
export async function forgetFresh(machine: string, before: readonly string[]): Promise<void> {
  for (const unit of await failingUnits(machine)) {
    if (!before.includes(unit)) await resetFailedInside(machine, unit);
  }
}
