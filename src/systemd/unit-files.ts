import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal'>;

/** Has the unit start with what its [Install] section names; reads unit files anew. */
export async function enableUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'enable', '--quiet', unit], options);
}

/** Takes that back, and stops the unit. */
export async function disableUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'disable', '--quiet', '--now', unit], options);
}
