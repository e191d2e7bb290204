import { join } from 'node:path';
import * as z from 'zod';
import { isPresent, readText } from '../base/files.js';

/** The content of NixOS's switch-inhibitors file. Its early form, a list of store paths, is not compared. */
const inhibitorsSchema = z.record(z.string(), z.string());

/**
 * Why `switch-to-configuration` of the system at `after` cannot switch a container that runs `current`, so that a
 * restart is needed; empty if it can. Both are directories with the links of a NixOS system.
 *
 * NixOS refuses to switch if a critical component changed, such as the D-Bus implementation. That is a value of
 * `system.switch.inhibitors` that both systems have and that differs
 * (nixos/modules/system/activation/switchable-system.nix).
 */
export async function switchObstacles(current: string | null, after: string): Promise<string[]> {
  if (!(await isPresent(join(after, 'bin/switch-to-configuration'))))
    return ['the new system has no switch-to-configuration'];
  if (current === null) return [];
  const [was, is] = await Promise.all([inhibitorsOf(current), inhibitorsOf(after)]);
  return Object.keys(was)
    .filter((name) => is[name] !== undefined && is[name] !== was[name])
    .sort()
    .map((name) => `NixOS cannot switch ${name} in a running system`);
}

async function inhibitorsOf(system: string): Promise<Record<string, string>> {
  const text = await readText(join(system, 'switch-inhibitors'));
  if (text === null) return {};
  try {
    return inhibitorsSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
