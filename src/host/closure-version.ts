import { join } from 'node:path';
import { readText } from '../base/files.js';

export interface ClosureVersion {
  /** `system.nixos.version`, from the closure's os-release. */
  version: string | null;
  /** `system.nixos.label`: by default the tags and the version, unless the configuration sets it. */
  label: string | null;
}

/** The version and label of a NixOS closure; each is null if the closure does not state it. */
export async function closureVersion(path: string): Promise<ClosureVersion> {
  const [label, release] = await Promise.all([
    readText(join(path, 'nixos-version')),
    readText(join(path, 'etc', 'os-release')),
  ]);
  return {
    version: release === null ? null : releaseField(release, 'BUILD_ID'),
    label: label?.trim() || null,
  };
}

/** The value of one key of an os-release(5) file. Values are quoted as in a shell. */
function releaseField(release: string, key: string): string | null {
  for (const line of release.split('\n')) {
    if (!line.startsWith(`${key}=`)) continue;
    const value = line.slice(key.length + 1).trim();
    const quoted = /^(["'])(.*)\1$/.exec(value);
    return (quoted?.[2] ?? value) || null;
  }
  return null;
}
