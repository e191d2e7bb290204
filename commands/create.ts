import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { dryRunFlag } from '../cli/commands/dry-run-flag.js';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import { presetFlags, presetsFromFlags } from '../cli/commands/preset-flags.js';
import { requireSource, sourceFlags } from '../cli/commands/source-flags.js';
import { thereFlags, thereOptions } from '../cli/commands/there.js';
import { containerText } from '../cli/views/container-text.js';
import type { ChangeResult, CreatePlan } from '../src/operations/create.js';

export default class Create extends BaseCommand<typeof Create> {
  static override readonly onTarget = 'both';
  static override summary = 'Create a container';
  static override description =
    'Evaluates and builds the configuration, makes it generation 1 of the container, links its unit files and starts it. After a failure or Ctrl-C, all changes are undone.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web --flake .#web',
    '<%= config.bin %> <%= command.id %> web --config web.nix --preset ula --preset expose:80:80',
    '<%= config.bin %> <%= command.id %> web --profile ./result --json',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    ...sourceFlags,
    ...presetFlags,
    ...onlineFlags,
    ...dryRunFlag,
    ...thereFlags,
  };

  async run(): Promise<ChangeResult | CreatePlan> {
    const source = requireSource(this.flags);
    const presets = await presetsFromFlags(this.flags);
    const request = { name: this.args.name, source, system: this.flags.system, presets };
    const there = await thereOptions(this.flags, this.pluginDirectory());
    const { createContainer, planCreate } = await import('../src/operations/create.js');
    if (this.flags['dry-run']) {
      const plan = await planCreate(request, this.quietOptions());
      this.log(`Would build ${plan.name} for ${plan.system}, start it, and create:`);
      for (const path of plan.would_create) this.log(`  ${path}`);
      return plan;
    }
    const waitOnline = secondsToWaitOnline(this.flags);
    const options = { ...(await this.operationOptions()), waitOnline };
    const created =
      there === null
        ? await createContainer(request, options)
        : await (await import('../src/operations/remote/create.js')).createThere(request, there, options);
    await this.closeDisplay();
    this.log(`Container ${created.name} created successfully. Details:\n${containerText(created)}`);
    return created;
  }
}
