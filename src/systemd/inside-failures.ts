import * as z from 'zod';
import { type RunOptions, run } from '../base/process.js';
import { resetFailedInside, showUnitInside } from './inside.js';

/*
 * The failed units of a running container, as NixOS's switch-to-configuration counts them.
 */

type Options = Pick<RunOptions, 'signal'>;

const unitsSchema = z.array(z.looseObject({ unit: z.string(), active: z.string() }));

/**
 * The units that have failed, and those that wait to be started again after a failure, in systemd's order. Such a unit
 * is never "failed" while its Restart= goes on.
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

/** A unit may also be restarted after it ended in order. */
async function hasFailed(machine: string, unit: string, options: Options): Promise<boolean> {
  const result = (await showUnitInside(machine, unit, ['Result'], options)).get('Result');
  return result !== undefined && result !== 'success';
}

/** What the container's service manager says of these units, with their last lines of its journal. */
export async function unitsStatus(
  machine: string,
  units: readonly string[],
  options: Options = {},
): Promise<string> {
  const { stdout } = await run(
    ['systemctl', `--machine=${machine}`, 'status', '--no-pager', '--lines=5', '--', ...units],
    // 3: a unit is not active; 4: a unit is not known any more (systemctl(1), EXIT STATUS).
    { ...options, acceptCodes: [0, 3, 4] },
  );
  return stdout.trimEnd();
}

/** Forgets the failures of units that had not failed before: an activation that is taken back takes them with it. */
export async function forgetFresh(machine: string, before: readonly string[]): Promise<void> {
  for (const unit of await failingUnits(machine)) {
    if (!before.includes(unit)) await resetFailedInside(machine, unit);
  }
}
