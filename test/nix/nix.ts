import { type ExecFileException, execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const here = (path: string) => join(root, 'test/nix', path);

/** A nixpkgs with which to evaluate complete containers. Without one, these tests are skipped. */
export const tree = process.env.NIXOS_NSPAWN_TEST_NIXPKGS;

/** Words before each Nix command, for a Nix in another place: `chroot /some/root`. */
const prefix = (process.env.NIXOS_NSPAWN_TEST_NIX ?? '').split(' ').filter((word) => word !== '');

export class NixFailure extends Error {
  constructor(
    readonly argv: readonly string[],
    readonly stderr: string,
  ) {
    super(`${argv.join(' ')}\n${stderr}`);
  }
}

interface Output {
  stdout: string;
  stderr: string;
}

export async function nix(
  argv: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Promise<Output> {
  const [command = '', ...args] = [...prefix, ...argv];
  try {
    return await run(command, args, { maxBuffer: 1 << 28, env: { ...process.env, ...env } });
  } catch (error) {
    const { stderr } = error as ExecFileException & Partial<Output>;
    throw new NixFailure(argv, stderr ?? String(error));
  }
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Arguments by name, as text or as Nix source. */
export interface Arguments {
  text?: Record<string, string>;
  source?: Record<string, string>;
  /** Whether the evaluation may add files to the store (`builtins.toFile`), which it otherwise only names. */
  addsFiles?: boolean;
}

const flags = ({ text = {}, source = {}, addsFiles = false }: Arguments) => [
  ...(addsFiles ? ['--read-write-mode'] : []),
  ...Object.entries(text).flatMap(([name, value]) => ['--argstr', name, value]),
  ...Object.entries(source).flatMap(([name, value]) => ['--arg', name, value]),
];

/** The value of a Nix file, and the warnings of Nix. */
export async function evaluateLoudly(
  file: string,
  args: Arguments = {},
): Promise<{ value: Json; stderr: string }> {
  const argv = ['nix-instantiate', '--eval', '--strict', '--json', file, ...flags(args)] as const;
  const { stdout, stderr } = await nix([...argv]);
  return { value: JSON.parse(stdout) as Json, stderr };
}

/** The value of Nix source. */
export async function evaluateExpression<T = Json>(expression: string): Promise<T> {
  const argv = ['nix-instantiate', '--eval', '--strict', '--json', '--expr', expression] as const;
  return JSON.parse((await nix([...argv])).stdout) as T;
}

export async function evaluate<T = Json>(file: string, args: Arguments = {}): Promise<T> {
  return (await evaluateLoudly(file, args)).value as T;
}

/** The error of Nix for a file that it must refuse to evaluate. */
export async function refusal(file: string, args: Arguments = {}): Promise<string> {
  try {
    await evaluate(file, args);
  } catch (error) {
    if (error instanceof NixFailure) return error.stderr;
    throw error;
  }
  throw new Error(`${file} evaluates, though it should be refused`);
}

let nixThere: Promise<boolean> | undefined;

/** For `before`: skips the tests if there is no Nix, unless one was given. */
export async function needsNix(this: Mocha.Context): Promise<void> {
  nixThere ??= nix(['nix-instantiate', '--version']).then(
    () => true,
    () => false,
  );
  if (await nixThere) return;
  if (prefix.length > 0)
    throw new Error(`NIXOS_NSPAWN_TEST_NIX is set, but ${prefix.join(' ')} finds no Nix`);
  this.skip();
}

/** For `before`: skips the tests if no nixpkgs was given. */
export async function needsNixpkgs(this: Mocha.Context): Promise<void> {
  await needsNix.call(this);
  if (tree === undefined) this.skip();
}
