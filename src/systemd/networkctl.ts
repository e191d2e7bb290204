import { type RunOptions, run } from '../process.js';

/** Has networkd read its .network files again and apply what changed. */
export async function reloadNetworks(options: Pick<RunOptions, 'signal'> = {}): Promise<void> {
  await run(['networkctl', 'reload'], options);
}
