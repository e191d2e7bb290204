import { isPresent } from '../base/files.js';
import type { Layout } from './layout.js';

/** The file with the host's defaults for containers; null if there is none. */
export async function hostDefaults({ defaultsFile }: Layout): Promise<string | null> {
  return (await isPresent(defaultsFile)) ? defaultsFile : null;
}
