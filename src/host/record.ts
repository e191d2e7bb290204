import * as z from 'zod';
import { isErrno } from '../errors.js';
import { jsonIn } from '../json.js';
import { sourceSchema } from '../nix/source.js';
import { readText } from './files.js';

const presetSchema = z.object({ name: z.string(), parameters: z.record(z.string(), z.unknown()) });

/** A preset as it was asked for. */
export type PresetChoice = z.infer<typeof presetSchema>;

/** What the tool remembers of a container beside what its closure says. */
export const recordSchema = z.looseObject({
  version: z.literal(1),
  source: sourceSchema,
  /** The system it was built for: `x86_64-linux`. */
  system: z.string(),
  /** The locked flake with the attribute that was built; null for other sources. */
  resolved: z.string().nullable().default(null),
  presets: z.array(presetSchema).default([]),
  /** Files beside the container's own that its presets put on the host. */
  hostFiles: z.array(z.string()).default([]),
  lastOperation: z.object({ operation: z.string(), at: z.string() }),
});

export type ContainerRecord = z.infer<typeof recordSchema>;

/**
 * The record; null where there is none, where another version of the tool wrote one that this cannot read, and for a
 * caller who may not read it: it can hold what a source's reference keeps secret.
 */
export async function readRecord(path: string): Promise<ContainerRecord | null> {
  const text = await ownText(path);
  if (text === null) return null;
  const parsed = recordSchema.safeParse(jsonIn(text));
  return parsed.success ? parsed.data : null;
}

async function ownText(path: string): Promise<string | null> {
  try {
    return await readText(path);
  } catch (error) {
    if (isErrno(error) && error.code === 'EACCES') return null;
    throw error;
  }
}

export const renderRecord = (record: ContainerRecord) => `${JSON.stringify(record, null, 2)}\n`;
