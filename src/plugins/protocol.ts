import * as z from 'zod';
import { ERROR_CODES } from '../errors/codes.js';
import type { LifecycleEvent, LifecycleFacts, Neighbour } from './lifecycle.js';

/*
 * The messages between the tool and the process that runs a plugin. Messages from the plugin's process are validated,
 * because a plugin can send its own.
 */

/** What the plugin's module has to do. */
export type Job =
  | { kind: 'listen'; event: LifecycleEvent; facts: LifecycleFacts; config: unknown }
  | { kind: 'describe-presets' }
  | {
      kind: 'apply-preset';
      preset: string;
      parameters: Readonly<Record<string, unknown>>;
      facts: LifecycleFacts;
      neighbours: readonly Neighbour[];
    };

export interface Assignment {
  /** URL of the plugin's module. */
  module: string;
  /** Name of the module's export. */
  identifier: string;
  /** The plugin's directory. */
  package: string;
  root: string;
  job: Job;
}

const failureSchema = z.object({
  kind: z.enum(['refused', 'known', 'nonsense', 'thrown']),
  code: z.enum(ERROR_CODES).optional(),
  message: z.string(),
  nextSteps: z.array(z.string()).default([]),
  stack: z.string().optional(),
  details: z.record(z.string(), z.unknown()).default({}),
});
export type Failure = z.infer<typeof failureSchema>;

const seconds = z.number().positive().max(86_400);

export const fromPluginSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), limit: seconds.nullable() }),
  z.object({
    type: z.literal('exec'),
    id: z.int(),
    argv: z.tuple([z.string()], z.string()),
    options: z.object({
      input: z.string().optional(),
      env: z.record(z.string(), z.string()).optional(),
      cwd: z.string().optional(),
      acceptCodes: z.array(z.int()).optional(),
      timeout: seconds.optional(),
    }),
  }),
  z.object({ type: z.literal('log'), level: z.enum(['progress', 'info', 'warn']), text: z.string() }),
  z.object({ type: z.literal('done'), value: z.unknown() }),
  z.object({ type: z.literal('failed'), failure: failureSchema }),
]);
export type FromPlugin = z.infer<typeof fromPluginSchema>;

export const toPluginSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('assignment'), assignment: z.custom<Assignment>() }),
  z.object({ type: z.literal('abort'), reason: z.string() }),
  z.object({
    type: z.literal('exec-done'),
    id: z.int(),
    result: z.object({ exitCode: z.int(), stdout: z.string(), stderr: z.string() }),
  }),
  z.object({
    type: z.literal('exec-failed'),
    id: z.int(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
]);
export type ToPlugin = z.infer<typeof toPluginSchema>;

const nixModule = z.strictObject({
  module: z.string().startsWith('/'),
  parameters: z.record(z.string(), z.unknown()).default({}),
});

/** The valid replies to `before-evaluate`. */
export const modulesReply = z.strictObject({ modules: z.array(nixModule).default([]) }).nullable();

/** The valid reply to every other event: nothing. */
export const emptyReply = z.null();

export const contributionSchema = z.strictObject({
  modules: z.array(nixModule).default([]),
  hostFiles: z
    .array(
      z.strictObject({
        path: z
          .string()
          .regex(
            /^\/etc\/systemd\/network\/[A-Za-z0-9._-]+\.(?:network|netdev|link)$/,
            'is not a valid path for a host file',
          ),
        content: z.string(),
      }),
    )
    .default([]),
  remember: z.record(z.string(), z.unknown()).default({}),
});

/** An applied preset: its contribution, and the parameters after conversion. */
export const appliedSchema = z.object({
  contribution: contributionSchema,
  parameters: z.record(z.string(), z.unknown()),
});

export const presetDescriptionSchema = z.object({
  /** Name of the preset. */
  name: z.string(),
  /** What it does, in one line. */
  summary: z.string(),
  /** A use of it, as typed after `--preset`. */
  example: z.string(),
  /** Name of the parameter that may be given without its name; null if there is none. */
  positional: z.string().nullable(),
  /** What it adds to the container and its host, one line per item. */
  brings: z.array(z.string()),
  /** Its parameters, as JSON Schema. */
  parameters: z.record(z.string(), z.unknown()),
});
export type PresetDescription = z.infer<typeof presetDescriptionSchema>;
