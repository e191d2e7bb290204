import type { DiffResult } from '../../src/operations/diff.js';
import { byteChangeText, bytesText } from './bytes.js';

/** The difference of two closures as text, also used by the preview of an update. */
export function differenceLines(
  difference: Pick<DiffResult, 'packages' | 'closure_size' | 'host_side'>,
): string[] {
  const { packages, closure_size: size, host_side: hostSide } = difference;
  const { added, removed, changed } = packages;
  const counts = [
    [added, 'added'],
    [removed, 'removed'],
    [changed, 'changed'],
  ] as const;
  const told = counts.filter(([list]) => list.length > 0).map(([list, word]) => `${list.length} ${word}`);
  return [
    `Packages: ${told.join(', ') || 'no difference'}`,
    ...changed.map(
      ({ package: name, before, after }) => `  ${name}: ${before.join(', ')} -> ${after.join(', ')}`,
    ),
    ...added.map(({ package: name, versions }) => `  ${name}: added ${versions.join(', ')}`),
    ...removed.map(({ package: name, versions }) => `  ${name}: removed ${versions.join(', ')}`),
    `Closure: ${bytesText(size.before)} -> ${bytesText(size.after)} (${byteChangeText(size.after - size.before)})`,
    `Host: ${hostSide.length === 0 ? 'no difference' : ''}`.trimEnd(),
    ...hostSide.map(({ text }) => `  ${text}`),
  ];
}

export function diffText(diff: DiffResult): string {
  const heading = `${diff.name}: ${side(diff.before)} -> ${side(diff.after)}`;
  return [heading, ...differenceLines(diff)].join('\n');
}

function side({ generation, label, nixos_version }: DiffResult['before']): string {
  const number = generation === null ? 'unrecorded' : `generation ${generation}`;
  const version = label ?? nixos_version;
  return version === null ? number : `${number} (${version})`;
}
