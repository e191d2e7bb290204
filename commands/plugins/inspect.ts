import { BaseCommand } from '../../cli/commands/base-command.js';
import { pluginArgument } from '../../cli/commands/plugin-flags.js';
import { pluginText } from '../../cli/views/plugin-text.js';
import type { PluginView } from '../../src/operations/plugins/view.js';

export default class PluginsInspect extends BaseCommand<typeof PluginsInspect> {
  static override summary = 'Show where a plugin comes from and what it provides';
  static override examples = ['<%= config.bin %> <%= command.id %> health'];
  static override args = { plugin: pluginArgument };

  async run(): Promise<PluginView> {
    const { inspectPlugin } = await import('../../src/operations/plugins/list.js');
    const plugin = await inspectPlugin(this.args.plugin, { dataDir: this.config.dataDir });
    this.log(pluginText(plugin));
    return plugin;
  }
}
