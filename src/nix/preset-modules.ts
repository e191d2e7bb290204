import { parametersTooLarge } from '../errors/plugins.js';

/** A preset's Nix file and the parameters to call it with; see nix/lib.nix. */
export interface PresetModule {
  /** Absolute path of a file that contains a function from parameters to a NixOS module. */
  module: string;
  parameters: Readonly<Record<string, unknown>>;
}

/**
 * Maximum size in bytes of the single argument that passes them to Nix: MAX_ARG_STRLEN of execve(2), minus one for the
 * terminating zero.
 */
const LIMIT = 128 * 1024 - 1;

/**
 * Passes parameters as JSON text, so that Nix never parses them as source.
 *
 * @throws NspawnError `parameters-too-large`
 */
export function presetArguments(presets: readonly PresetModule[]): string[] {
  if (presets.length === 0) return [];
  requireThatFits('The parameters of all presets and plugins together', presets);
  return ['--argstr', 'presets', JSON.stringify(presets)];
}

/**
 * Checks that a value, as JSON, is not too long to pass to Nix. `what` begins the error's sentence.
 *
 * @throws NspawnError `parameters-too-large`
 */
export function requireThatFits(what: string, value: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > LIMIT) throw parametersTooLarge(what, bytes, LIMIT);
}
