import { expect } from 'chai';
import type * as z from 'zod';
import { documents, errorDocumentSchema } from '../../src/operations/documents.js';

const ALIASES: Readonly<Record<string, string>> = { ip: 'addresses', generations: 'list-generations' };

/** Fails if a document that a command printed does not match its schema, or has a field that is not in the schema. */
export function requireDescribed(args: readonly string[], document: unknown): void {
  const [verb = '', second] = args.filter((arg) => !arg.startsWith('-'));
  const described = new Map<string, z.ZodType>(Object.entries(documents));
  const schema = described.get(`${verb} ${second}`) ?? described.get(ALIASES[verb] ?? verb);
  const isError = typeof document === 'object' && document !== null && 'error' in document;
  const chosen = isError ? errorDocumentSchema : schema;
  if (chosen === undefined) throw new Error(`no schema describes what '${args.join(' ')}' prints`);
  const parsed = chosen.safeParse(document);
  if (!parsed.success)
    throw new Error(`'${args.join(' ')}' prints what its schema does not allow: ${parsed.error.message}`);
  expect(
    parsed.data,
    `what '${args.join(' ')}' prints has fields that its schema does not describe`,
  ).to.deep.equal(document);
}
