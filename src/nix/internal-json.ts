import * as z from 'zod';

/*
 * Parses Nix's `--log-format internal-json`: lines `@nix {…}` on standard error (src/libutil/logging.cc of Nix). Its
 * ids are 64 bits wide. JavaScript numbers cannot hold that, so the ids are quoted before parsing.
 */

const id = z.string();
const field = z.union([z.string(), z.number()]);

const eventSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('start'),
    id,
    type: z.number(),
    text: z.string().default(''),
    parent: id.default('0'),
    fields: z.array(field).default([]),
  }),
  z.object({ action: z.literal('stop'), id }),
  z.object({ action: z.literal('result'), id, type: z.number(), fields: z.array(field).default([]) }),
  z.object({ action: z.literal('msg'), level: z.number(), msg: z.string() }),
]);

export type NixEvent = z.infer<typeof eventSchema>;

/** The event in one line; the line itself if it is not an event, null for an event of an unknown kind. */
export function parseNixLine(line: string): NixEvent | string | null {
  if (!line.startsWith('@nix ')) return line;
  const quoted = line.slice(5).replace(/"(id|parent)":(\d+)/g, '"$1":"$2"');
  let json: unknown;
  try {
    json = JSON.parse(quoted);
  } catch (error) {
    // A line cut off by the end of the stream, or a builder's output that looks like an event.
    if (error instanceof SyntaxError) return line;
    throw error;
  }
  const parsed = eventSchema.safeParse(json);
  return parsed.success ? parsed.data : null;
}

/** ActivityType (src/libutil/include/nix/util/logging.hh). */
export const Activity = {
  copyPath: 100,
  fileTransfer: 101,
  copyPaths: 103,
  builds: 104,
  build: 105,
  substitute: 108,
} as const;
/** ResultType, in the same file. */
export const Result = { buildLogLine: 101, setPhase: 104, progress: 105, postBuildLogLine: 107 } as const;
/** Verbosity levels, in the same file. */
export const ERROR_LEVEL = 0;
export const WARNING_LEVEL = 1;
