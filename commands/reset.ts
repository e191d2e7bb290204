import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { dryRunFlag } from '../cli/commands/dry-run-flag.js';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import type { ResetPlan, ResetRequest, ResetResult } from '../src/operations/reset.js';

export default class Reset extends BaseCommand<typeof Reset> {
  static override summary = 'Give a container a fresh state directory';
  static override description =
    'Deletes all files of the container, including its machine ID and its journal, and keeps its generations, its source and its presets. A running container is stopped, and started again with the fresh directory. If it does not start, it gets its former state back. On a terminal, asks first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --yes --json',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'Do not ask' }),
    ...onlineFlags,
    ...dryRunFlag,
  };

  async run(): Promise<ResetResult | ResetPlan> {
    const request = { name: this.args.name };
    const { planReset, resetContainer } = await import('../src/operations/reset.js');
    if (this.flags['dry-run']) {
      const plan = await planReset(request, this.quietOptions());
      this.log(`Would ${plan.would_restart ? 'stop, reset and start' : 'reset'} ${plan.name}:`);
      for (const path of plan.would_delete) this.log(`  delete ${path}`);
      return plan;
    }
    if (!(await this.isMeant(request))) {
      const { notConfirmed } = await import('../src/errors/requests.js');
      throw notConfirmed(request.name, 'reset');
    }
    const waitOnline = secondsToWaitOnline(this.flags);
    const result = await resetContainer(request, { ...(await this.operationOptions()), waitOnline });
    await this.closeDisplay();
    this.log(`Container ${result.name} reset successfully${result.restarted ? ', and started again' : ''}`);
    return result;
  }

  /** Asks on a terminal before it deletes data that cannot be restored, or stops a running container. */
  private async isMeant(request: ResetRequest): Promise<boolean> {
    if (this.flags.yes || this.jsonEnabled() || !process.stdin.isTTY || !process.stderr.isTTY) return true;
    const { planReset } = await import('../src/operations/reset.js');
    const { name, would_restart: runs, would_delete: paths } = await planReset(request, this.quietOptions());
    const what = [
      ...(runs ? [`Container '${name}' is running, and will be restarted.`] : []),
      ...(paths.length > 0 ? ['Its state directory will be permanently deleted.'] : []),
    ];
    if (what.length === 0) return true;
    const { confirm } = await import('../cli/commands/question.js');
    return confirm(`${what.join(' ')} Reset it?`);
  }
}
