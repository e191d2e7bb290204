import { requireDescribed } from './described.js';
import type { Host, RunOptions } from './host.js';
import { FIXTURES } from './host.js';

export type Document = Readonly<Record<string, unknown>>;

export interface Answer<T> {
  code: number | null;
  /** The document that `--json` printed: the result, or `{error}`. */
  document: T;
  stderr: string;
}

/** The flake reference of a fixture container for the command line. */
export const flakeOf = (attribute: string) => `${FIXTURES}#${attribute}`;

/** The machine on which the command line runs: a test host, or a host inside of one. */
export type Machine = Pick<Host, 'ask' | 'run' | 'writeFile'>;

/** The built command line in a test host, with --json. */
export class Tool {
  constructor(private readonly host: Machine) {}

  /** Runs it with any exit code. Fails if stdout is not one JSON document that matches its schema. */
  async ask<T = Document>(args: readonly string[], options: RunOptions = {}): Promise<Answer<T>> {
    const { stdout, stderr, code } = await this.host.run(['nixos-nspawn', ...args, '--json'], {
      ...options,
      check: false,
    });
    if (stdout === '') throw new Error(`${args.join(' ')}: no document, exit code ${code}\n${stderr}`);
    const document: unknown = JSON.parse(stdout);
    requireDescribed(args, document);
    return { code, document: document as T, stderr };
  }

  /** Runs it and returns the result. Fails if it does not exit with 0. */
  async get<T = Document>(args: readonly string[], options: RunOptions = {}): Promise<T> {
    const { code, document, stderr } = await this.ask<T>(args, options);
    if (code !== 0)
      throw new Error(`${args.join(' ')}: exit code ${code}\n${JSON.stringify(document)}\n${stderr}`);
    return document;
  }

  /** Runs it, which must fail with this exit code, and returns the error. */
  async fail(exitCode: number, args: readonly string[], options: RunOptions = {}): Promise<Document> {
    const answer = await this.ask(args, options);
    if (answer.code !== exitCode)
      throw new Error(
        `${args.join(' ')}: exit code ${answer.code}, not ${exitCode}\n${JSON.stringify(answer.document)}\n${answer.stderr}`,
      );
    return errorOf(answer);
  }

  create(name: string, attribute = name): Promise<Document> {
    return this.get(['create', name, '--flake', flakeOf(attribute)]);
  }

  update(name: string, attribute: string, ...flags: string[]): Promise<Answer<Document>> {
    return this.ask(['update', name, '--flake', flakeOf(attribute), ...flags]);
  }
}

/** The error of an answer. */
export function errorOf(answer: Answer<unknown>): Document {
  const { error } = answer.document as { error?: Document };
  if (error === undefined) throw new Error(`no error: ${JSON.stringify(answer.document)}`);
  return error;
}

/** The message of the warning with this code in a result. Fails if the result has no such warning. */
export function warningOf(document: Document, code: string): string {
  const warnings = document.warnings as readonly { code: string; message: string }[];
  const warning = warnings.find((one) => one.code === code);
  if (warning === undefined) throw new Error(`no warning ${code}: ${JSON.stringify(warnings)}`);
  return warning.message;
}

/** What an error tells the reader to do next, in one text. */
export const nextStepsOf = (error: Document): string => (error.next_steps as readonly string[]).join('\n');
