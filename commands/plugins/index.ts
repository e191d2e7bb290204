import { BaseCommand } from '../../cli/commands/base-command.js';
import { pluginTable } from '../../cli/views/plugin-text.js';
import type { PluginView } from '../../src/operations/plugins/view.js';

export default class Plugins extends BaseCommand<typeof Plugins> {
  static override summary = 'List bundled and installed plugins';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  async run(): Promise<PluginView[]> {
    const { listPlugins } = await import('../../src/operations/plugins/list.js');
    const plugins = await listPlugins({ dataDir: this.config.dataDir });
    this.log(pluginTable(plugins));
    return plugins;
  }
}
