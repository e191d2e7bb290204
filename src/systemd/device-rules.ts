import { type RunOptions, run } from '../base/process.js';
import type { DeviceRules } from '../container/devices.js';

/** What a unit permits now, from its template and all drop-ins. */
export async function deviceRules(
  unit: string,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<DeviceRules> {
  const { stdout } = await run(['systemctl', 'show', unit, '--property=DevicePolicy,DeviceAllow'], options);
  const lines = stdout.split('\n');
  const values = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
  return {
    policy: values('DevicePolicy')[0] ?? 'auto',
    allowed: values('DeviceAllow').flatMap(ruleOf),
  };
}

/** The path or class of a DeviceAllow= value: `char-drm rw`. */
export const ruleOf = (value: string): string[] => {
  const [rule] = value.trim().split(/\s+/);
  return rule === undefined || rule === '' ? [] : [rule];
};
