import * as Flags from '@oclif/core/flags';
import { activationFlags } from '../cli/commands/activation-flags.js';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { dryRunFlag } from '../cli/commands/dry-run-flag.js';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import type { RollbackPlan, RollbackResult } from '../src/operations/rollback.js';

export default class Rollback extends BaseCommand<typeof Rollback> {
  static override summary = 'Roll back a container on the system';
  static override description =
    'Switches to the generation before the current one, or to a recorded one, and activates it. If it does not come up, the previous generation is put back (exit code 8).';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --to 3',
    '<%= config.bin %> <%= command.id %> web --dry-run',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    to: Flags.integer({
      description: 'Generation to go to; default the one before the current',
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
