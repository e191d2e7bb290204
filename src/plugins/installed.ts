import { join } from 'node:path';
import * as z from 'zod';
import { putText, readText } from '../base/files.js';
import { isErrno } from '../errors/system-calls.js';
import type { Warning } from './lifecycle.js';

/* The list of installed plugins, in the format of oclif's plugin-plugins: in the package.json beside node_modules. */

const entrySchema = z.union([
  z.string().transform((name): InstalledEntry => ({ name, type: 'user' })),
  z.looseObject({
    name: z.string(),
    type: z.literal('user'),
    tag: z.string().optional(),
    url: z.string().optional(),
  }),
  z.looseObject({ name: z.string(), type: z.literal('link'), root: z.string() }),
]);

const listSchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).default({}),
  oclif: z.looseObject({ plugins: z.array(entrySchema).default([]) }).prefault({}),
});

/** An installed plugin: from the registry by its `tag`, from its `url`, or linked to its development directory. */
export type InstalledEntry =
  | { name: string; type: 'user'; tag?: string | undefined; url?: string | undefined }
  | { name: string; type: 'link'; root: string };

export const directoryOf = (dataDir: string, entry: InstalledEntry) =>
  entry.type === 'link' ? entry.root : join(dataDir, 'node_modules', entry.name);

/** All installed plugins, including those unrelated to containers. An unusable list is a problem, not an error. */
export async function listInstalled(dataDir: string, problems: Warning[]): Promise<InstalledEntry[]> {
  const file = join(dataDir, 'package.json');
  try {
    const text = await readText(file);
    return text === null ? [] : listSchema.parse(JSON.parse(text)).oclif.plugins;
  } catch (error) {
    const why = isErrno(error)
      ? `${file} cannot be read (${error.code})`
      : error instanceof SyntaxError || error instanceof z.ZodError
        ? `${file} is not a list of plugins`
        : null;
    if (why === null) throw error;
    problems.push({ code: 'plugin-unusable', message: `The installed plugins are not used: ${why}.` });
    return [];
  }
}

/** The packages that npm was asked to install, with their specs, from its package.json. */
export async function npmDependencies(dataDir: string): Promise<Readonly<Record<string, string>>> {
  return listSchema.parse(JSON.parse((await readText(join(dataDir, 'package.json'))) ?? '{}')).dependencies;
}

/** Adds an entry to the list, or replaces the entry with the same name. */
export async function putInstalled(dataDir: string, entry: InstalledEntry): Promise<void> {
  await rewrite(dataDir, (entries) =>
    entries.some(({ name }) => name === entry.name)
      ? entries.map((one) => (one.name === entry.name ? entry : one))
      : [...entries, entry],
  );
}

export async function dropInstalled(dataDir: string, name: string): Promise<void> {
  await rewrite(dataDir, (entries) => entries.filter((entry) => entry.name !== name));
}

export async function writeInstalled(dataDir: string, entries: readonly InstalledEntry[]): Promise<void> {
  await rewrite(dataDir, () => [...entries]);
}

async function rewrite(
  dataDir: string,
  change: (entries: readonly InstalledEntry[]) => InstalledEntry[],
): Promise<void> {
  const file = join(dataDir, 'package.json');
  const list = listSchema.parse(JSON.parse((await readText(file)) ?? '{}'));
  list.oclif.plugins = change(list.oclif.plugins);
  await putText(file, JSON.stringify(list, null, 2));
}
