import { filesFor, type HostFiles } from '../container/host-file-names.js';
import type { Closure } from '../host/closure.js';
import { systemdVersion } from '../systemd/version.js';

/** The files of a closure that fit the running systemd. */
export async function hostFilesOf({ files }: Closure, signal?: AbortSignal): Promise<HostFiles> {
  // Closures of earlier versions of the tool have one .nspawn file for all versions.
  return filesFor(files, files.newerUnits.length === 0 ? 0 : await systemdVersion({ signal }));
}
