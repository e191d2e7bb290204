import * as z from 'zod';
import type { PresetView } from '../../src/operations/presets.js';
import { type Column, sentence, table } from './table.js';

const columns: Column<PresetView>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'PLUGIN', value: ({ plugin }) => plugin },
  { title: 'SUMMARY', value: ({ summary }) => summary, narrows: 'wrap' },
];

export const presetTable = (presets: readonly PresetView[]) => table(presets, columns);

const parameterSchema = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  items: z.looseObject({ type: z.string().optional() }).optional(),
});
const objectSchema = z.looseObject({
  properties: z.record(z.string(), parameterSchema).default({}),
  required: z.array(z.string()).default([]),
});

interface Parameter {
  name: string;
  type: string;
  fallback: string;
  description: string;
}

const parameterColumns: Column<Parameter>[] = [
  { title: 'PARAMETER', value: ({ name }) => name, narrows: 'wrap' },
  { title: 'TYPE', value: ({ type }) => type, narrows: 'wrap' },
  { title: 'DEFAULT', value: ({ fallback }) => fallback, narrows: 'wrap' },
  { title: 'MEANING', value: ({ description }) => description, narrows: 'wrap' },
];

/** A preset in full: its parameters, its effects, an example. */
export function presetText(preset: PresetView): string {
  const rows = parameters(preset);
  const lines = [`${preset.name} (plugin ${preset.plugin})`, ...sentence(preset.summary, '  '), ''];
  lines.push(...(rows.length === 0 ? ['It has no parameters.'] : [table(rows, parameterColumns)]), '');
  lines.push('Effects:', ...preset.brings.flatMap((line) => sentence(line, '  ')), '');
  lines.push(`Example: --preset ${preset.example}`);
  return lines.join('\n');
}

function parameters(preset: PresetView): Parameter[] {
  const { properties, required } = objectSchema.parse(preset.parameters);
  return Object.entries(properties).map(([name, parameter]) => ({
    name: name === preset.positional ? `${name} (the key may be omitted)` : name,
    type: typeText(parameter),
    fallback: required.includes(name)
      ? 'required'
      : parameter.default === undefined
        ? '-'
        : JSON.stringify(parameter.default),
    description: parameter.description ?? '',
  }));
}

function typeText({ type, enum: choices, items }: z.infer<typeof parameterSchema>): string {
  if (choices !== undefined) return choices.join(' | ');
  if (type === 'array') return `list of ${items?.type ?? 'values'}`;
  return type ?? 'value';
}
