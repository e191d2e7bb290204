import * as z from 'zod';
import { readText } from '../base/files.js';
import { migrationUnreadable } from '../errors/migration.js';
import { jsonIn } from '../text/json.js';

/** What the tool stores about a container that it took over, until the migration is finished or undone. */
export const migrationSchema = z.looseObject({
  version: z.literal(1),
  /** The file with the old container's settings. */
  settings: z.string().startsWith('/'),
  /** The old container's root. */
  stateDir: z.string().startsWith('/'),
  /** Whether the root was moved. Otherwise it was copied, and the old one is still there. */
  moved: z.boolean(),
  /** The user that owned the root. */
  owner: z.int().min(0),
  /** Identifies the content of the configuration that the migration made; null if it made none. */
  configuration: z.string().nullable(),
  /** When it was migrated. */
  at: z.string(),
});

export type Migration = z.infer<typeof migrationSchema>;

/** @throws NspawnError `record-unreadable` */
export async function readMigration(path: string): Promise<Migration | null> {
  const text = await readText(path);
  if (text === null) return null;
  const parsed = migrationSchema.safeParse(jsonIn(text));
  if (!parsed.success) throw migrationUnreadable(path, 'is not the record of a migration', parsed.error);
  return parsed.data;
}

export const renderMigration = (migration: Migration) => `${JSON.stringify(migration, null, 2)}\n`;
