import { printable } from '../text/printable.js';
import { list, quote, sentence } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function badPresetText(text: string, why: string): NspawnError {
  return new NspawnError({
    code: 'bad-preset',
    exitCode: ExitCode.usage,
    message: `${quote(printable(text))} is not a valid preset: ${why}.`,
    nextSteps: ["Use the form --preset NAME:key=value,key=value. 'nixos-nspawn presets' lists the presets."],
  });
}

export function unknownPreset(name: string, meant: string | null, known: readonly string[]): NspawnError {
  const suggestion = meant === null ? '' : ` Did you mean ${quote(meant)}?`;
  return new NspawnError({
    code: 'unknown-preset',
    exitCode: ExitCode.usage,
    message: `Preset ${quote(printable(name))} does not exist.${suggestion}`,
    nextSteps: [
      known.length > 0
        ? `Available presets: ${list(known)}; see 'nixos-nspawn presets'.`
        : 'No plugin provides presets. If you passed --no-plugins, omit it.',
    ],
    details: { preset: name },
  });
}

export function ambiguousPreset(name: string, places: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'ambiguous-preset',
    exitCode: ExitCode.usage,
    message: `More than one plugin has a preset ${quote(name)}.`,
    nextSteps: [`Use one of: ${list(places)}.`],
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
    message: `Presets (${list(names)}) cannot be applied to a prebuilt profile, because they are NixOS modules and the profile is already evaluated.`,
    nextSteps: [
      'Pass --flake or --config instead, or build the profile with the presets in its configuration.',
    ],
    details: { presets: names },
  });
}

export function hostFileShared(path: string, users: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'host-file-shared',
    exitCode: ExitCode.refused,
    message: `${path} is shared with other containers, which need different content in it: ${list(users.map(quote))}.`,
    nextSteps: [
      'Use the same parameters for the preset in all these containers, or choose another name for the network.',
    ],
    details: { path, containers: users },
  });
}
