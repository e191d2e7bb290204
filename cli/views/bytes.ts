const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A human-readable number of bytes: `512 B`, `1.5 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = 'B';
  for (const next of UNITS) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value.toFixed(1)} ${unit}`;
}

/** The same with a sign, for a change. */
export const byteChangeText = (bytes: number) =>
  bytes === 0 ? 'no change' : `${bytes < 0 ? '-' : '+'}${bytesText(Math.abs(bytes))}`;
