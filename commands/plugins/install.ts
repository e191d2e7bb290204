import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/commands/base-command.js';
import { scriptsFlag } from '../../cli/commands/plugin-flags.js';
import { pluginText } from '../../cli/views/plugin-text.js';
import type { PluginView } from '../../src/operations/plugins/view.js';

export default class PluginsInstall extends BaseCommand<typeof PluginsInstall> {
  static override summary = 'Install a plugin, or another version of it';
  static override description =
    'A plugin that cannot be used is not installed, and the previous version stays. As root, plugins are installed in /var/lib/nixos-nspawn/plugins, regardless of HOME.';
  static override aliases = ['plugins:add'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> nixos-nspawn-policy@1',
    '<%= config.bin %> <%= command.id %> ./nixos-nspawn-policy-1.0.0.tgz',
    '<%= config.bin %> <%= command.id %> git+https://example.org/policy.git',
  ];
  static override args = {
    source: Args.string({
      description: 'Package name, with @VERSION or @TAG if needed; tarball; directory; or repository URL',
      required: true,
    }),
  };
  static override flags = { ...scriptsFlag };

  async run(): Promise<PluginView> {
    const request = { source: this.args.source, allowScripts: this.flags['allow-scripts'] };
    const { installPlugin } = await import('../../src/operations/plugins/install.js');
    const options = { ...(await this.operationOptions()), dataDir: this.config.dataDir };
    const plugin = await installPlugin(request, options);
    await this.closeDisplay();
    this.log(pluginText(plugin));
    return plugin;
  }
}
