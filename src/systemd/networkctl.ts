import { isPresent } from '../base/files.js';
import { type RunOptions, run } from '../base/process.js';

/** Makes networkd reload its .network files and apply the changes. */
export async function reloadNetworks(options: Pick<RunOptions, 'signal'> = {}): Promise<void> {
  await run(['networkctl', 'reload'], options);
}

/** Deletes a virtual network device. A missing device is not an error. */
export async function deleteLink(name: string, options: Pick<RunOptions, 'signal'> = {}): Promise<void> {
  if (!(await isPresent(`/sys/class/net/${name}`))) return;
  await run(['networkctl', 'delete', name], options);
}
