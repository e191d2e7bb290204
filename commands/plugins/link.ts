import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/commands/base-command.js';
import { pluginText } from '../../cli/views/plugin-text.js';
import type { PluginView } from '../../src/operations/plugins/view.js';

export default class PluginsLink extends BaseCommand<typeof PluginsLink> {
  static override summary = 'Use a plugin from its source directory';
  static override description =
    'Install its dependencies and build it there yourself. This command runs none of its code.';
  static override examples = ['<%= config.bin %> <%= command.id %> /srv/policy'];
  static override args = {
    path: Args.string({ description: "The plugin's directory", default: '.' }),
  };

  async run(): Promise<PluginView> {
    const { linkPlugin } = await import('../../src/operations/plugins/link.js');
    const options = { ...(await this.operationOptions()), dataDir: this.config.dataDir };
    const plugin = await linkPlugin({ path: this.args.path }, options);
    await this.closeDisplay();
    this.log(pluginText(plugin));
    return plugin;
  }
}
