import { join } from 'node:path';
import * as z from 'zod';
import { unknownPreset } from '../errors/presets.js';
import type { LifecycleEvent, Listener, PluginContext, PresetContext, PresetDefinition } from './contract.js';
import { parseParameters } from './preset-parameters.js';
import {
  type appliedSchema,
  contributionSchema,
  emptyReply,
  modulesReply,
  type PresetDescription,
} from './protocol.js';

/* Calls a plugin's exports and checks their results. Used by the plugin's process and by the test kit for plugins. */

/** A module's export or answer does not conform to the contract. */
export class Nonsense extends Error {}

const listenerSchema = z.looseObject({
  event: z.string(),
  timeout: z.union([z.number().positive(), z.function()]).optional(),
  listen: z.function(),
});

/** @throws Nonsense if the module's export is not a listener for this event. */
export function asListener<E extends LifecycleEvent>(exported: unknown, event: E): Listener<E> {
  const parsed = listenerSchema.safeParse(exported);
  if (!parsed.success)
    throw new Nonsense(`its module does not export a listener (${z.prettifyError(parsed.error)})`);
  if (parsed.data.event !== event)
    throw new Nonsense(
      `its package.json names the module for '${event}', but the module listens to '${parsed.data.event}'`,
    );
  return exported as Listener<E>;
}

export async function listen<E extends LifecycleEvent>(listener: Listener<E>, context: PluginContext<E>) {
  const reply: unknown = (await listener.listen(context)) ?? null;
  const schema = context.event === 'before-evaluate' ? modulesReply : emptyReply;
  const parsed = schema.safeParse(reply);
  if (!parsed.success)
    throw new Nonsense(`it returned a value that '${context.event}' does not accept: ${shown(reply)}`);
  return parsed.data;
}

const presetSchema = z.looseObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  summary: z.string(),
  parameters: z.instanceof(z.ZodObject),
  positional: z.string().optional(),
  example: z.string(),
  brings: z.array(z.string()),
  apply: z.function(),
});

/** The presets that a module's export defines. @throws Nonsense */
export function asPresets(exported: unknown, directory: string): PresetDefinition[] {
  if (typeof exported !== 'function')
    throw new Nonsense('its default export is not a function that returns presets');
  const given: unknown = exported({
    z,
    preset: (definition: unknown) => definition,
    file: (path: string) => join(directory, path),
  });
  if (!Array.isArray(given)) throw new Nonsense(`it returned ${shown(given)} instead of a list of presets`);
  for (const preset of given) {
    const parsed = presetSchema.safeParse(preset);
    if (!parsed.success)
      throw new Nonsense(`one of its presets is not valid (${z.prettifyError(parsed.error)})`);
  }
  return given as PresetDefinition[];
}

export function describePreset(preset: PresetDefinition): PresetDescription {
  const { name, summary, example, positional = null, brings, parameters } = preset;
  const { $schema: _, ...schema } = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
  return { name, summary, example, positional, brings: [...brings], parameters: schema };
}

export async function applyPreset(
  presets: readonly PresetDefinition[],
  name: string,
  given: Readonly<Record<string, unknown>>,
  context: PresetContext,
): Promise<z.infer<typeof appliedSchema>> {
  const preset = presets.find((one) => one.name === name);
  if (preset === undefined)
    throw unknownPreset(
      name,
      null,
      presets.map((one) => one.name),
    );
  const { input, output } = parseParameters(preset, given);
  const contribution: unknown = await preset.apply(output, context);
  const parsed = contributionSchema.safeParse(contribution);
  if (!parsed.success)
    throw new Nonsense(
      `its preset '${name}' did not return a contribution (${z.prettifyError(parsed.error)})`,
    );
  return { contribution: parsed.data, parameters: { ...input, ...parsed.data.remember } };
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
