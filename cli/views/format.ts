import { unknownField } from '../../src/errors/usage.js';
import { nearest } from '../../src/text/nearest.js';

/** Escapes for characters that are awkward to type within quotes. */
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\t': '\t', '\\\\': '\\' };

/**
 * Fills in a template such as `{{name}} {{state}}` for each row. Fields are named as in `--json`. `{{.Name}}`, as in
 * podman and docker, means the same. A list is joined with commas, and null is empty.
 *
 * @throws NspawnError `usage` if the template names an unknown field
 */
export function formatted<T extends object>(
  template: string,
  fields: readonly (keyof T & string)[],
  rows: readonly T[],
): string[] {
  const parts = template
    .replace(/\\[nt\\]/g, (typed) => ESCAPES[typed] ?? typed)
    .split(/\{\{\s*\.?([^{}]*?)\s*\}\}/)
    // Every second part was in braces.
    .map((part, index) => (index % 2 === 0 ? part : { field: fieldOf(part, fields) }));
  return rows.map((row) =>
    parts.map((part) => (typeof part === 'string' ? part : text(row[part.field]))).join(''),
  );
}

function fieldOf<F extends string>(word: string, fields: readonly F[]): F {
  const plain = (name: string) => name.toLowerCase().replaceAll('_', '');
  const field = fields.find((name) => plain(name) === plain(word));
  if (field !== undefined) return field;
  const meant = nearest(word.toLowerCase(), fields);
  throw unknownField(word, meant, fields);
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.join(',') : String(value);
}
