import type { Results } from '../results.js';
import { limitText, number } from './text.js';

/** The measurements that exceed their limit, each as a line. */
export function exceeded({ parts }: Results): string[] {
  return parts.flatMap(({ title, rows }) =>
    rows.flatMap(({ what, unit, median, max, against, limit }) => {
      if (limit === null) return [];
      const value = { median, max, ratio: against?.ratio ?? 0 }[limit.of];
      if (value <= limit.atMost) return [];
      const shown = limit.of === 'ratio' ? `${value.toFixed(2)} times` : `${number(value)} ${unit}`;
      return [`${title}: ${what}: ${shown}, the limit is ${limitText(limit, unit)}`];
    }),
  );
}
