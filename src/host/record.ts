import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Profile } from '../container/profile.js';
import { sourceSchema } from '../container/source.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { newerFormat, recordUnreadable } from '../errors/records.js';
import { isErrno, isMissing, naming } from '../errors/system-calls.js';
import { jsonIn } from '../text/json.js';

const VERSION = 1;

const presetSchema = z.object({
  /** Name of the preset, or `PLUGIN/NAME`. */
  name: z.string(),
  /** Its parameters by name, as the user gave them. */
  parameters: z.record(z.string(), z.unknown()),
});

/** A preset as the user requested it. */
export type PresetChoice = z.infer<typeof presetSchema>;

/** What the tool stores about a container in addition to its closure. */
export const recordSchema = z.looseObject({
  version: z.literal(VERSION),
  source: sourceSchema,
  /** The closures of the generations that the tool made, by number; null if an earlier version did not record them. */
  built: z.record(z.string(), z.string()).nullable().default(null),
  /** The system it was built for: `x86_64-linux`. */
  system: z.string(),
  /** The locked flake with the attribute that was built; null for other sources. */
  resolved: z.string().nullable().default(null),
  presets: z.array(presetSchema).default([]),
  /** Additional files that the container's presets put on the host. */
  hostFiles: z.array(z.string()).default([]),
  lastOperation: z.object({ operation: z.string(), at: z.string() }),
});

export type ContainerRecord = z.infer<typeof recordSchema>;

/** The record; null if there is none. @throws NspawnError `record-unreadable` or `newer-format` */
export async function readRecord(path: string): Promise<ContainerRecord | null> {
  try {
    return recordIn(path, await naming(path, readFile(path, 'utf8')));
  } catch (error) {
    return absentOr(error, path);
  }
}

export interface SeenRecord {
  record: ContainerRecord | null;
  /** Why it cannot be used; null if it can or if there is none. */
  problem: string | null;
  /** Whether this user has no permission to read it. */
  isClosed: boolean;
}

/**
 * The record for a command that only reads. Only root may read the file, since a source's reference can contain a
 * secret; that is not a problem of the container. The file is read synchronously, for the reason given in inventory.ts.
 */
export function seeRecord(path: string): SeenRecord {
  try {
    return { record: recordOf(path), problem: null, isClosed: false };
  } catch (error) {
    if (!(error instanceof NspawnError)) throw error;
    const isClosed = process.geteuid?.() !== 0 && isErrno(error.cause) && error.cause.code === 'EACCES';
    return { record: null, problem: isClosed ? null : error.message, isClosed };
  }
}

function recordOf(path: string): ContainerRecord | null {
  try {
    return recordIn(path, readFileSync(path, 'utf8'));
  } catch (error) {
    return absentOr(error, path);
  }
}

function absentOr(error: unknown, path: string): null {
  if (isMissing(error)) return null;
  if (isErrno(error)) {
    const why = error.code === 'EISDIR' ? 'is a directory' : `cannot be read (${error.code})`;
    throw recordUnreadable(path, why, error);
  }
  throw error;
}

function recordIn(path: string, text: string): ContainerRecord {
  if (text.trim() === '') throw recordUnreadable(path, 'is empty');
  const json = jsonIn(text);
  if (json === undefined) throw recordUnreadable(path, 'is not valid JSON');
  const { success, data } = z.looseObject({ version: z.int() }).safeParse(json);
  if (success && data.version > VERSION) throw newerFormat(path, data.version, VERSION);
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`,
  );
  throw recordUnreadable(path, `is not a record (${problems.join('; ')})`, parsed.error);
}

/**
 * Whether the record describes the profile's current generation. Another tool may have set the profile since, or may
 * have removed the container and created a new one with the same name.
 */
export function describesProfile({ built }: ContainerRecord, profile: Profile): boolean {
  if (profile.currentNumber === null) return false;
  if (built === null) return true;
  const known = built[profile.currentNumber];
  return known !== undefined && (profile.current?.path ?? known) === known;
}

/** The generations of a profile that are in the record. */
export function knownGenerations(
  record: ContainerRecord | null,
  { generations }: Profile,
): Record<string, string> {
  const built = record === null ? {} : record.built;
  const known = generations.filter(({ number, path }) => built === null || built[number] === path);
  return Object.fromEntries(known.map(({ number, path }) => [String(number), path]));
}

export const renderRecord = (record: ContainerRecord) => `${JSON.stringify(record, null, 2)}\n`;
