import * as Flags from '@oclif/core/flags';
import { activationFlags } from '../cli/commands/activation-flags.js';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { dryRunFlag } from '../cli/commands/dry-run-flag.js';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import type { RollbackPlan, RollbackResult } from '../src/operations/rollback.js';

export default class Rollback extends BaseCommand<typeof Rollback> {
  static override summary = 'Switch a container to an earlier generation';
  static override description =
    'Switches to the generation before the current one, or to the one given with --to, and activates it. If the activation fails, switches back (exit code 8).';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --to 3',
    '<%= config.bin %> <%= command.id %> web --dry-run',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    to: Flags.integer({
      description: 'Generation to switch to (default: the one before the current one)',
      min: 1,
      helpValue: 'N',
    }),
    ...activationFlags,
    ...onlineFlags,
    ...dryRunFlag,
  };

  async run(): Promise<RollbackResult | RollbackPlan> {
    const { to, strategy, start, rollback: rollBack } = this.flags;
    const [{ planRollback, rollbackContainer }, { rollbackPlanText, rollbackText }] = await Promise.all([
      import('../src/operations/rollback.js'),
      import('../cli/views/update-text.js'),
    ]);
    const ignoreFailedUnits = this.flags['ignore-failed-units'];
    const request = { name: this.args.name, to, strategy, start, rollBack, ignoreFailedUnits };
    const waitOnline = secondsToWaitOnline(this.flags);
    const options = { ...(await this.operationOptions()), waitOnline };
    if (this.flags['dry-run']) {
      const plan = await planRollback(request, options);
      await this.closeDisplay();
      this.log(rollbackPlanText(plan));
      return plan;
    }
    const result = await rollbackContainer(request, options);
    await this.closeDisplay();
    this.log(rollbackText(result));
    return result;
  }
}
