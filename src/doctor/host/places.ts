import type { Unwritable } from '../../host/writable.js';
import type { Essentials } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';

/** Below this, a build or an update of one container may fail. */
const FEW_BYTES = 512 * 1024 * 1024;
/** A NixOS closure has some tens of thousands of files. */
const FEW_FILES = 50_000;

/** Where containers lie: writable, lasting, and with room left. */
export function placeFindings({ host: { places, isNixOS, isRoot } }: Essentials): Finding[] {
  return places.flatMap((place): Finding[] => {
    const { path, unwritable, isVolatile, freeBytes, freeFiles } = place;
    const isStore = path.endsWith('/nix/store');
    const findings: Finding[] = [];
    // Nix itself makes the store writable where it writes there; other users write nowhere.
    if (unwritable !== null && isRoot && !isStore) {
      findings.push(
        hostFinding('not-writable', `${path} cannot be written (${unwritable.code}).`, {
          commands: unwritable.code === 'EROFS' ? [] : [['chmod', 'u+w', path]],
          ...(isNixOS && !unwritable.isInStore && path.startsWith('/etc/')
            ? // The only way in which NixOS itself makes /etc read-only.
              { options: ['system.etc.overlay.mutable = true;'] }
            : { advice: adviceFor(unwritable, path) }),
        }),
      );
    }
    if (isVolatile)
      findings.push(
        hostFinding('not-persistent', `${path} lies in memory.`, {
          advice: `Put ${path} on a disk; where the root is in memory, bind a persistent directory there.`,
        }),
      );
    const lack = freeBytes < FEW_BYTES ? `${Math.floor(freeBytes / 1024 / 1024)} MiB` : null;
    const files = freeFiles !== null && freeFiles < FEW_FILES ? `${freeFiles} files` : null;
    if (lack !== null || files !== null)
      findings.push(
        hostFinding('low-space', `${path} has room for ${lack ?? files} only.`, {
          commands: isStore ? [['nix-collect-garbage']] : [],
          advice: 'Make room there, or give it a file system of its own.',
        }),
      );
    return findings;
  });
}

const adviceFor = ({ isInStore }: Unwritable, path: string) =>
  isInStore
    ? `${path} is a part of this host's NixOS configuration. Import the NixOS module of nixos-nspawn, which keeps it a directory of its own.`
    : 'Mount its file system writable.';
