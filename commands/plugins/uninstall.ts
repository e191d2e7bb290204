import { BaseCommand } from '../../cli/commands/base-command.js';
import { pluginArgument } from '../../cli/commands/plugin-flags.js';
import type { PluginView } from '../../src/operations/plugins/view.js';

export default class PluginsUninstall extends BaseCommand<typeof PluginsUninstall> {
  static override summary = 'Remove an installed or linked plugin';
  static override aliases = ['plugins:remove', 'plugins:unlink'];
  static override examples = ['<%= config.bin %> <%= command.id %> policy'];
  static override args = { plugin: pluginArgument };

  async run(): Promise<PluginView> {
    const { uninstallPlugin } = await import('../../src/operations/plugins/uninstall.js');
    const options = { ...(await this.operationOptions()), dataDir: this.config.dataDir };
    const plugin = await uninstallPlugin(this.args.plugin, options);
    await this.closeDisplay();
    this.log(`Plugin ${plugin.name} is no longer ${plugin.kind}.`);
    return plugin;
  }
}
