/** Generates pairs of a file name and its roff text from the content of oclif.manifest.json. */
export function manualPages(
  manifest: { commands: Readonly<Record<string, unknown>> },
  version: string,
): [string, string][];
