import { join } from 'node:path';
import { readText } from '../base/files.js';

export interface ClosureVersion {
  /** `system.nixos.version`, from the closure's os-release. */
  version: string | null;
  /** `system.nixos.label`: by default tags and the version, or what the configuration says. */
  label: string | null;
}

/** What a NixOS closure tells of itself; null for what it does not tell. */
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

/** One value of an os-release(5) file, which quotes as a shell does. */
function releaseField(release: string, key: string): string | null {
  for (const line of release.split('\n')) {
    if (!line.startsWith(`${key}=`)) continue;
    const value = line.slice(key.length + 1).trim();
    const quoted = /^(["'])(.*)\1$/.exec(value);
    return (quoted?.[2] ?? value) || null;
  }
  return null;
}
