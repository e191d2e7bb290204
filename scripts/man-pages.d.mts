/** Pairs of a file name and its roff text, from what oclif.manifest.json holds. */
export function manualPages(
  manifest: { commands: Readonly<Record<string, unknown>> },
  version: string,
): [string, string][];
