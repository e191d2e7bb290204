import { type Argv, type RunOptions, run } from '../base/process.js';
import { ExitCode } from '../errors/exit-codes.js';
import { nixFailed } from '../errors/nix.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { isInGit } from './flake-place.js';
import { NixProgress } from './progress.js';
import { nixReason } from './reason.js';

export interface NixOptions {
  signal: AbortSignal;
  progress: (text: string) => void;
  log: (text: string) => void;
  warn: (text: string) => void;
  /** Show full traces of evaluation errors. */
  showTrace: boolean;
  cwd?: string;
  /** Variables to set in addition to the inherited environment. */
  env?: Readonly<Record<string, string>>;
}

/** The two features that the tool needs, enabled for this command in case the configuration does not enable them. */
const FEATURES = ['--extra-experimental-features', 'nix-command flakes'] as const;

/**
 * The flake may be in another user's repository, where a file owned by root would be in the way. Also, a failure must
 * leave nothing behind.
 */
export const KEEP_LOCK_FILE = ['--no-write-lock-file'] as const;

/** Runs one `nix` command. Shows its progress, passes on its warnings, and makes its error text readable. */
export async function nix(
  subcommand: readonly [string, ...string[]],
  args: readonly string[],
  options: NixOptions,
): Promise<string> {
  const progress = new NixProgress(options);
  const trace = options.showTrace ? ['--show-trace'] : [];
  const argv: Argv = ['nix', ...subcommand, ...FEATURES, '--log-format', 'internal-json', ...trace, ...args];
  const runOptions: RunOptions = {
    signal: options.signal,
    onStderrLine: (line) => progress.line(line),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  };
  try {
    const { stdout } = await run(argv, runOptions);
    return stdout;
  } catch (error) {
    throw await readable(error, { subcommand: subcommand.join(' '), args, stderr: progress.errorText });
  } finally {
    for (const warning of progress.warnings) options.warn(warning);
  }
}

/** The same failure, with Nix's messages instead of its event lines. */
async function readable(
  error: unknown,
  { subcommand, args, stderr }: { subcommand: string; args: readonly string[]; stderr: string },
): Promise<unknown> {
  if (!(error instanceof NspawnError) || error.exitCode !== ExitCode.externalCommand) return error;
  const repositories = await Promise.all(args.map(isInGit));
  return nixFailed(error, {
    subcommand,
    reason: nixReason(stderr),
    stderr,
    isInGit: repositories.includes(true),
  });
}
