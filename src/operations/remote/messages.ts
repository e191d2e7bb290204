import * as z from 'zod';
import { sourceSchema } from '../../container/source.js';
import { strategies } from '../../container/strategy.js';
import { warningsSchema } from '../container-view.js';

/*
 * What the tool on the caller's host and the tool on the target say to each other about a change. A change of this file
 * needs another PROTOCOL.
 */

const presetSchema = z.object({ name: z.string(), parameters: z.record(z.string(), z.unknown()) });

/** What the caller wants. */
export const wishSchema = z.object({
  verb: z.enum(['create', 'update']),
  name: z.string(),
  /** Null for the recorded source. */
  source: sourceSchema.nullable(),
  system: z.string().nullable(),
  presets: z.array(presetSchema),
  dropPresets: z.array(z.string()),
  strategy: z.enum(strategies).nullable(),
  start: z.boolean(),
  force: z.boolean(),
  rollBack: z.boolean(),
  ignoreFailedUnits: z.boolean(),
  waitOnline: z.number(),
  /** The name of the caller's host. */
  caller: z.string(),
});

export type Wish = z.infer<typeof wishSchema>;

/** What the caller needs for the evaluation. */
export const preparedSchema = z.object({
  source: sourceSchema,
  /** Whether the source is a file or a directory of the target, which only the target can evaluate. */
  isThere: z.boolean(),
  system: z.string(),
  /** With the values that presets have filled in. */
  presets: z.array(presetSchema),
  /** NixOS modules, each as a file of a plugin that both hosts have. */
  modules: z.array(
    z.object({ plugin: z.string(), file: z.string(), parameters: z.record(z.string(), z.unknown()) }),
  ),
  /** The content of the file with the target's defaults for containers; null if there is none. */
  hostDefaults: z.string().nullable(),
  /** Where Nix's daemon is there; null if it is not in PATH. */
  daemon: z.string().nullable(),
});

export type Prepared = z.infer<typeof preparedSchema>;

/** What the target has to do. */
export const orderSchema = z.object({
  wish: wishSchema,
  /** The closure in the target's store; null if the target evaluates. */
  built: z.object({ path: z.string(), resolved: z.string().nullable() }).nullable(),
});

export type Order = z.infer<typeof orderSchema>;

/** What the caller answers to the last line. Without it, the target keeps the outcome for the next call. */
export const RECEIVED = 'received\n';

/** A line from the target while it works. The last one has the result or the error. */
export const lineSchema = z.union([
  z.object({ progress: z.string() }),
  z.object({ log: z.string() }),
  z.object({ warning: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ result: z.unknown(), warnings: warningsSchema.optional() }),
  z.object({
    error: z.looseObject({
      code: z.string(),
      message: z.string(),
      exit_code: z.int(),
      next_steps: z.array(z.string()),
    }),
  }),
]);

export type Line = z.infer<typeof lineSchema>;
