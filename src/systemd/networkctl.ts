import { isPresent } from '../base/files.js';
import { type RunOptions, run } from '../base/process.js';

/** Has networkd read its .network files again and apply what changed. */
export async function reloadNetworks(options: Pick<RunOptions, 'signal'> = {}): Promise<void> {
  await run(['networkctl', 'reload'], options);
}

/** Deletes a virtual network device; one that is not there is no error. */
export async function deleteLink(name: string, options: Pick<RunOptions, 'signal'> = {}): Promise<void> {
  if (!(await isPresent(`/sys/class/net/${name}`))) return;
  await run(['networkctl', 'delete', name], options);
}
