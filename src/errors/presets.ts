import { printable } from '../text/printable.js';
import { list, quote, sentence } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function badPresetText(text: string, why: string): NspawnError {
  return new NspawnError({
    code: 'bad-preset',
    exitCode: ExitCode.usage,
    message: `${quote(printable(text))} does not name a preset: ${why}.`,
    nextSteps: ["Write it like --preset NAME:key=value,key=value; 'nixos-nspawn presets' lists them."],
  });
}

export function unknownPreset(name: string, meant: string | null, known: readonly string[]): NspawnError {
  const suggestion = meant === null ? '' : ` Did you mean ${quote(meant)}?`;
  return new NspawnError({
    code: 'unknown-preset',
    exitCode: ExitCode.usage,
    message: `There is no preset ${quote(printable(name))}.${suggestion}`,
    nextSteps: [
      known.length > 0
        ? `There are: ${list(known)}; see 'nixos-nspawn presets'.`
        : 'No plugin that brings presets is loaded; --no-plugins leaves out all of them.',
    ],
    details: { preset: name },
  });
}

export function ambiguousPreset(name: string, places: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'ambiguous-preset',
    exitCode: ExitCode.usage,
    message: `More than one plugin has a preset ${quote(name)}.`,
    nextSteps: [`Name the one you mean: ${list(places)}.`],
    details: { preset: name, available: places },
  });
}

export function badPresetParameters(
  preset: string,
  problems: readonly string[],
  nextSteps: readonly string[],
): NspawnError {
  return new NspawnError({
    code: 'bad-preset-parameters',
    exitCode: ExitCode.usage,
    message: `Preset ${quote(preset)} cannot be applied: ${sentence(problems.join('; '))}`,
    nextSteps,
    details: { preset, problems },
  });
}

export function presetsNeedSource(names: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'presets-need-source',
    exitCode: ExitCode.refused,
    message: `A prebuilt profile takes no presets (${list(names)}): they are part of the evaluation, which is over.`,
    nextSteps: [
      'Give --flake or --config instead, or build the profile with the presets in its configuration.',
    ],
    details: { presets: names },
  });
}

export function hostFileShared(path: string, users: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'host-file-shared',
    exitCode: ExitCode.refused,
    message: `${path} is in use by ${list(users.map(quote))} with another content.`,
    nextSteps: [
      'Give the preset the same parameters there and here, or choose another name for the network.',
    ],
    details: { path, containers: users },
  });
}
