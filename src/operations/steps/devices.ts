import type { DeviceRules } from '../../container/devices.js';
import type { Settings } from '../../container/settings.js';
import { type UnitFile, unitValues } from '../../container/unit-file.js';
import { deviceMissing, deviceNotAllowed } from '../../errors/devices.js';
import { type Closure, readableClosure } from '../../host/closure.js';
import { missingDevices } from '../../host/devices.js';
import { readHostUnits } from '../../host/host-units.js';
import { unpermittedMounts } from '../../host/unpermitted-devices.js';
import { deviceRules, ruleOf } from '../../systemd/device-rules.js';
import type { Scene } from '../operation.js';
import type { Asked } from '../stages.js';

/** @throws NspawnError `device-missing` for the first device that the host does not have */
export async function requireDevices(name: string, { devices }: Settings): Promise<void> {
  const [missing] = await missingDevices(devices);
  if (missing !== undefined) throw deviceMissing(name, missing);
}

/**
 * Rejects a configuration that mounts a device without a permission, because each use of the device would fail in the
 * container.
 *
 * @throws NspawnError `device-not-allowed`
 */
export async function requirePermissions(
  given: Scene & Pick<Asked, 'before'> & { closure: Closure },
  signal: AbortSignal,
): Promise<void> {
  const { places, closure } = given;
  const { unit, dropIn } = await readHostUnits(closure);
  const unpermitted = await unpermittedMounts(unit, async () => futureRules(given, dropIn, signal));
  const [first] = unpermitted;
  if (first !== undefined) throw deviceNotAllowed(places.name, first);
}

/** The rules with the drop-in of the new generation instead of that of the current one. */
async function futureRules(
  { places, before }: Scene & Pick<Asked, 'before'>,
  dropIn: UnitFile,
  signal: AbortSignal,
): Promise<DeviceRules> {
  const { policy, allowed } = await deviceRules(places.service, { signal });
  const former = before.current === null ? null : await readableClosure(before.current.path, places.name);
  const replaced = former === null ? [] : rulesIn((await readHostUnits(former)).dropIn);
  const kept = [...allowed];
  for (const rule of replaced) {
    const at = kept.indexOf(rule);
    if (at >= 0) kept.splice(at, 1);
  }
  return {
    policy: unitValues(dropIn, 'Service', 'DevicePolicy').at(-1) ?? policy,
    allowed: [...kept, ...rulesIn(dropIn)],
  };
}

const rulesIn = (dropIn: UnitFile) => unitValues(dropIn, 'Service', 'DeviceAllow').flatMap(ruleOf);
