import * as z from 'zod';
import { badPresetParameters } from '../errors/presets.js';
import { nearest } from '../text/nearest.js';
import type { PresetDefinition } from './contract.js';
import { POSITIONAL } from './preset-choice.js';

type Parameters = Readonly<Record<string, unknown>>;

export interface ParsedParameters {
  /** The result of the preset's schema, with defaults. */
  output: Record<string, unknown>;
  /** The given parameters, converted to the right types. These are stored. */
  input: Record<string, unknown>;
}

/**
 * Checks parameters against the preset's schema. Text from a command line is converted to the types of the schema.
 *
 * @throws NspawnError `bad-preset-parameters` with the schema's messages, and the nearest key for an unknown one.
 */
export function parseParameters(preset: PresetDefinition, given: Parameters): ParsedParameters {
  const keys = Object.keys(preset.parameters.shape);
  const named = { ...given };
  if (POSITIONAL in named) {
    const { [POSITIONAL]: value } = named;
    delete named[POSITIONAL];
    if (preset.positional === undefined || preset.positional in named)
      throw badPresetParameters(preset.name, [`'${value}' has no key`], usage(preset));
    named[preset.positional] = value;
  }
  const unknown = Object.keys(named).filter((key) => !keys.includes(key));
  if (unknown.length > 0) {
    const problems = unknown.map((key) => {
      const meant = nearest(key, keys);
      return `it has no parameter '${key}'${meant === null ? '' : `; did you mean '${meant}'?`}`;
    });
    throw badPresetParameters(preset.name, problems, usage(preset));
  }
  const input = Object.fromEntries(
    Object.entries(named).map(([key, value]) => [
      key,
      converted(value, schemaOf(preset.parameters.shape[key])),
    ]),
  );
  const parsed = preset.parameters.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
    throw badPresetParameters(preset.name, problems, usage(preset));
  }
  return { input, output: parsed.data };
}

const usage = (preset: PresetDefinition) => [
  `Example: --preset ${preset.example}. 'nixos-nspawn presets show ${preset.name}' lists its parameters.`,
];

const jsonSchema = z.looseObject({
  type: z.string().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});
type JsonSchema = z.infer<typeof jsonSchema>;

function schemaOf(type: unknown): JsonSchema {
  if (!(type instanceof z.ZodType)) return {};
  return jsonSchema.parse(z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }));
}

/** Converts text to a number, a boolean or a list, if the schema asks for one and the text can be read as one. */
function converted(value: unknown, schema: JsonSchema): unknown {
  if (schema.type === 'array') {
    const items = schema.items === undefined ? {} : jsonSchema.parse(schema.items);
    return (Array.isArray(value) ? value : [value]).map((item) => converted(item, items));
  }
  if (typeof value !== 'string') return value;
  const types = [schema, ...(schema.anyOf ?? []).map((one) => jsonSchema.parse(one))].map(({ type }) => type);
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(value);
  if (types.includes('string')) return value;
  if (isNumber && (types.includes('integer') || types.includes('number'))) return Number(value);
  if (types.includes('boolean') && /^(?:true|yes|false|no)$/.test(value)) return /^(?:true|yes)$/.test(value);
  return value;
}
