import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/commands/base-command.js';
import { scriptsFlag } from '../../cli/commands/plugin-flags.js';
import type { UpdatedPlugin } from '../../src/operations/plugins/update.js';

export default class PluginsUpdate extends BaseCommand<typeof PluginsUpdate> {
  static override summary = 'Update installed plugins from their sources';
  static override description =
    'Updates the named plugins, or all. If one of them cannot be fetched or used, none is updated.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> policy',
  ];
  static override strict = false;
  static override args = {
    plugin: Args.string({ description: 'Names of plugins, or of their packages (default: all plugins)' }),
  };
  static override flags = { ...scriptsFlag };

  async run(): Promise<UpdatedPlugin[]> {
    const request = { names: this.words, allowScripts: this.flags['allow-scripts'] };
    const { updatePlugins } = await import('../../src/operations/plugins/update.js');
    const options = { ...(await this.operationOptions()), dataDir: this.config.dataDir };
    const updated = await updatePlugins(request, options);
    await this.closeDisplay();
    for (const { name, version, old_version: old } of updated)
      this.log(version === old ? `${name} ${version}: unchanged` : `${name} ${old ?? '?'} -> ${version}`);
    if (updated.length === 0) this.log('No plugins are installed.');
    return updated;
  }
}
