import { parametersTooLarge } from '../errors/plugins.js';

/** A preset's Nix file with the parameters it is called with; see nix/lib.nix. */
export interface PresetModule {
  /** Absolute path of a file that holds a function from parameters to a NixOS module. */
  module: string;
  parameters: Readonly<Record<string, unknown>>;
}

/** Bytes of the one argument in which they reach Nix: MAX_ARG_STRLEN of execve(2), of which one ends the text. */
const LIMIT = 128 * 1024 - 1;

/** Parameters travel as JSON text, so nothing of them is ever read as Nix source. @throws NspawnError `parameters-too-large` */
export function presetArguments(presets: readonly PresetModule[]): string[] {
  if (presets.length === 0) return [];
  requireThatFits('The parameters of all presets and plugins together', presets);
  return ['--argstr', 'presets', JSON.stringify(presets)];
}

/**
 * Sees that a value is not longer, as JSON, than what can reach Nix. `what` begins the error's sentence.
 *
 * @throws NspawnError `parameters-too-large`
 */
export function requireThatFits(what: string, value: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > LIMIT) throw parametersTooLarge(what, bytes, LIMIT);
}
