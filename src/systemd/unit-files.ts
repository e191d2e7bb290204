import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/** Enables the unit as its [Install] section says. Also reloads unit files. */
export async function enableUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'enable', '--quiet', unit], options);
}

/** Disables the unit and stops it. */
export async function disableUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'disable', '--quiet', '--now', unit], options);
}
