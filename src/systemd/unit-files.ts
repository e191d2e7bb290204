import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/** The unit that runs `nixos-nspawn autostart` when the host boots. */
export const AUTOSTART_UNIT = 'nixos-nspawn-autostart.service';

/** Enables the unit as its [Install] section says. Also reloads unit files. */
export async function enableUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'enable', '--quiet', unit], options);
}

/** Disables the unit and stops it. */
export async function disableUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'disable', '--quiet', '--now', unit], options);
}
