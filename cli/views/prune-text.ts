import type { PruneResult } from '../../src/operations/prune.js';
import { bytesText } from './bytes.js';

const REASONS: Readonly<Record<PruneResult['kept'][number]['reasons'][number], string>> = {
  current: 'current',
  running: 'running',
  rollback: 'target of a rollback',
  newest: 'among the newest',
  recent: 'recent',
};

/** For example `Deleted generations 4, 3 of web. A garbage collection can free: 1.5 MiB.` */
export function prunedText(name: string, did: string, numbers: readonly number[], freeable: number): string {
  if (numbers.length === 0) return `Nothing to delete: all generations of ${name} are kept.`;
  const word = numbers.length === 1 ? 'generation' : 'generations';
  const free = freeable === 0 ? 'nothing, because all of it is still in use' : bytesText(freeable);
  return `${did} ${word} ${numbers.join(', ')} of ${name}. A garbage collection can free: ${free}.`;
}

export const keptText = (kept: PruneResult['kept']) =>
  kept
    .map(
      ({ generation, reasons }) =>
        `  keep ${generation}: ${reasons.map((reason) => REASONS[reason]).join(', ')}`,
    )
    .join('\n');
