import * as Flags from '@oclif/core/flags';
import type { PresetChoice } from '../../src/host/record.js';

/** The presets of a new container. */
export const presetFlags = {
  preset: Flags.string({
    description: "Apply a preset; 'presets' lists them",
    helpValue: 'NAME[:KEY=VALUE,...]',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** For a container that may already have presets. They stay unless they are dropped. */
export const presetChangeFlags = {
  ...presetFlags,
  'no-preset': Flags.string({
    description: 'Remove a preset that the container has',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** @throws NspawnError `bad-preset` */
export async function presetsFromFlags(flags: { preset?: string[] | undefined }): Promise<PresetChoice[]> {
  if (flags.preset === undefined) return [];
  const { parsePreset } = await import('../../src/plugins/preset-choice.js');
  return flags.preset.map(parsePreset);
}
