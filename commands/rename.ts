import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { dryRunFlag } from '../cli/commands/dry-run-flag.js';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import type { RenamePlan, RenameResult } from '../src/operations/rename.js';

export default class Rename extends BaseCommand<typeof Rename> {
  static override summary = 'Give a container another name';
  static override description =
    'Moves the state directory, the generations, the unit files and the record to the new name. The machine ID stays. Nothing is evaluated or built, so the host name inside stays until the next update. If it fails, the container keeps its former name.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web shop',
    '<%= config.bin %> <%= command.id %> web shop --restart',
    '<%= config.bin %> <%= command.id %> web shop --dry-run',
  ];
  static override args = {
    name: containerArgument,
    'new-name': Args.string({ description: 'New name', required: true }),
  };
  static override flags = {
    restart: Flags.boolean({
      description: 'Stop a running container, and start it again under its new name',
    }),
    ...onlineFlags,
    ...dryRunFlag,
  };

  async run(): Promise<RenameResult | RenamePlan> {
    const request = { name: this.args.name, to: this.args['new-name'], restart: this.flags.restart };
    const { planRename, renameContainer } = await import('../src/operations/rename.js');
    if (this.flags['dry-run']) {
      const plan = await planRename(request, this.quietOptions());
      this.log(`Would ${plan.would_restart ? 'stop, rename and start' : 'rename'} ${plan.name}:`);
      for (const { from, to } of plan.would_move) this.log(`  ${from} -> ${to}`);
      return plan;
    }
    const waitOnline = secondsToWaitOnline(this.flags);
    const result = await renameContainer(request, { ...(await this.operationOptions()), waitOnline });
    await this.closeDisplay();
    this.log(`Container ${result.old_name} is now named ${result.name}`);
    return result;
  }
}
