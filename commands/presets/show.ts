import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/commands/base-command.js';
import { presetText } from '../../cli/views/preset-text.js';
import type { PresetView } from '../../src/operations/presets.js';

export default class PresetsShow extends BaseCommand<typeof PresetsShow> {
  static override summary = 'Show the parameters and effects of a preset';
  static override examples = ['<%= config.bin %> <%= command.id %> ula'];
  static override args = {
    preset: Args.string({ description: 'Name of the preset, or PLUGIN/NAME', required: true }),
  };

  async run(): Promise<PresetView> {
    const { showPreset } = await import('../../src/operations/presets.js');
    const preset = await showPreset(this.args.preset, { dataDir: this.pluginDirectory() });
    this.log(presetText(preset));
    return preset;
  }
}
