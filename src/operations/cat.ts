import { join } from 'node:path';
import * as z from 'zod';
import { readText } from '../base/files.js';
import { containerName } from '../container/name.js';
import { linkedNetworks } from '../host/host-file-changes.js';
import { showUnit } from '../systemd/systemctl.js';
import type { OperationOptions } from './context.js';
import { requireContainer } from './known-container.js';
import { withKnownErrors } from './known-errors.js';
import { lookingContext } from './looking-context.js';

export const unitFileViewSchema = z.object({
  /** Absolute path of the file. */
  path: z.string(),
  /** Its complete text. */
  content: z.string(),
});

export type UnitFileView = z.infer<typeof unitFileViewSchema>;

/**
 * The files that define a container on its host, as they are in effect: the .nspawn file, the service with its
 * drop-ins, and the .network files.
 */
export async function unitFilesOf(
  request: { name: string },
  options: OperationOptions = {},
): Promise<UnitFileView[]> {
  return await withKnownErrors(async () => {
    const name = containerName(request.name);
    const { layout, signal } = await lookingContext(options, name, 'cat');
    const container = await requireContainer(layout, name);
    const { places } = container;
    const [service, networks] = await Promise.all([
      showUnit(places.service, ['FragmentPath', 'DropInPaths'], { signal }),
      linkedNetworks(layout, places),
    ]);
    const declared = join(layout.networkDir, `20-ve-${name}.network`);
    const paths = [
      places.unitFile,
      service.get('FragmentPath') ?? '',
      ...(service.get('DropInPaths') ?? '').split(' '),
      ...new Set([...networks, ...(container.isDeclarative ? [declared] : [])]),
    ].filter((path) => path !== '');
    const files = await Promise.all(paths.map(async (path) => ({ path, content: await readText(path) })));
    return files.flatMap(({ path, content }) => (content === null ? [] : [{ path, content }]));
  });
}
