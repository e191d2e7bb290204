import { type RunOptions, run } from '../base/process.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { reasonOf } from './reason.js';

type Options = Pick<RunOptions, 'signal'>;

/** Milliseconds that the daemon may take to answer. */
const PATIENCE = 10_000;

/** Why Nix cannot open its store, through the daemon or directly, without a full stop; null if it can. */
export async function storeProblem(options: Options = {}): Promise<string | null> {
  try {
    // Every version of Nix supports `ping`, the older name of `info`.
    await run(['nix', '--extra-experimental-features', 'nix-command', 'store', 'ping'], {
      ...options,
      timeout: PATIENCE,
    });
    return null;
  } catch (error) {
    if (!(error instanceof NspawnError) || options.signal?.aborted) throw error;
    return reasonOf(error);
  }
}

/** The experimental features that are enabled system-wide; null if Nix does not report them. */
export async function enabledFeatures(options: Options = {}): Promise<string[] | null> {
  const { stdout, exitCode } = await run(
    ['nix', '--extra-experimental-features', 'nix-command', 'config', 'show', 'experimental-features'],
    { ...options, acceptCodes: [0, 1] },
  );
  return exitCode === 0 ? stdout.trim().split(/\s+/) : null;
}
