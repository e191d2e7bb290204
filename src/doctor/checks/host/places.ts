import type { Unwritable } from '../../../host/writable.js';
import { check, error, warning } from '../../check.js';
import { isNixOS, isRoot } from '../../facts/host.js';
import { type Place, places as placesFact } from '../../facts/places.js';
import { hostProblem } from '../../finding.js';

/** With less space than this, a build or an update of one container may fail. */
const FEW_BYTES = 512 * 1024 * 1024;
/** A closure of NixOS has some tens of thousands of files. */
const FEW_FILES = 50_000;

/** Whether the directories for containers are writable, persistent, and have space left. */
export const places = check({
  findings: {
    'not-writable': error('nixos-nspawn stores files of containers there.'),
    'not-persistent': warning('Files in memory are lost at the next boot.'),
    'low-space': warning('When it is full, builds, downloads and the containers themselves fail.'),
  },
  look: { places: placesFact, isNixOS, isRoot },
  judge: ({ places, isNixOS, isRoot }) =>
    places.flatMap((place) => [
      // Other users cannot write to any of them, and Nix itself makes the store writable when it writes there.
      ...(isRoot && !isStore(place) ? unwritable(place, isNixOS) : []),
      ...volatile(place),
      ...full(place),
    ]),
});

const isStore = ({ path }: Place) => path.endsWith('/nix/store');

function unwritable({ path, unwritable: reason }: Place, isNixOS: boolean) {
  if (reason === null) return [];
  const isReadOnlyEtc = isNixOS && !reason.isInStore && path.startsWith('/etc/');
  return [
    hostProblem('not-writable', `${path} is not writable (${reason.code}).`, {
      // NixOS itself makes /etc read-only only with `system.etc.overlay.mutable = false`.
      options: isReadOnlyEtc ? ['system.etc.overlay.mutable = true;'] : null,
      commands: reason.code === 'EROFS' ? [] : [['chmod', 'u+w', path]],
      advice: isReadOnlyEtc ? null : adviceFor(reason, path),
    }),
  ];
}

const adviceFor = ({ isInStore }: Unwritable, path: string) =>
  isInStore
    ? `${path} is part of this host's NixOS configuration. Import the NixOS module of nixos-nspawn, which makes it an ordinary directory.`
    : 'Mount its file system read-write.';

function volatile({ path, isVolatile }: Place) {
  if (!isVolatile) return [];
  return [
    hostProblem('not-persistent', `${path} is on a file system in memory.`, {
      advice: `Put ${path} on a disk. If the root file system is in memory, bind-mount a persistent directory there.`,
    }),
  ];
}

function full(place: Place) {
  const { path, freeBytes, freeFiles } = place;
  const bytes = freeBytes < FEW_BYTES ? `${Math.floor(freeBytes / 1024 / 1024)} MiB` : null;
  const files = freeFiles !== null && freeFiles < FEW_FILES ? `${freeFiles} files` : null;
  const left = bytes ?? files;
  if (left === null) return [];
  return [
    hostProblem('low-space', `${path} has space for only ${left}.`, {
      commands: isStore(place) ? [['nix-collect-garbage']] : [],
      advice: 'Free some space there, or mount a separate file system there.',
    }),
  ];
}
