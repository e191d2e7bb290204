import { BaseCommand } from '../../cli/commands/base-command.js';
import { marked } from '../../cli/views/colour.js';
import { presetTable } from '../../cli/views/preset-text.js';
import type { PresetList } from '../../src/operations/presets.js';

export default class Presets extends BaseCommand<typeof Presets> {
  static override summary = 'List the presets that create and update can apply';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  async run(): Promise<PresetList> {
    const { listPresets } = await import('../../src/operations/presets.js');
    const list = await listPresets({ dataDir: this.pluginDirectory() });
    this.log(list.presets.length === 0 ? 'No presets.' : presetTable(list.presets));
    for (const { message } of list.warnings) this.logToStderr(`${marked('Warning')} ${message}`);
    return list;
  }
}
