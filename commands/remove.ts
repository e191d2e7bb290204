import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { dryRunFlag } from '../cli/commands/dry-run-flag.js';
import type { RemovePlan, RemoveRequest, RemoveResult } from '../src/operations/remove.js';

export default class Remove extends BaseCommand<typeof Remove> {
  static override summary = 'Remove a container';
  static override description =
    'Stops the container and removes its unit files, its profile and all its generations. Keeps its state directory in /var/lib/machines unless --delete-state is given. On a terminal, asks first if the container is running or its state would be deleted. It is not an error if the container does not exist.';
  static override aliases = ['rm'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --delete-state',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    'delete-state': Flags.boolean({ description: "Delete the container's state directory" }),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask' }),
    ...dryRunFlag,
  };

  async run(): Promise<RemoveResult | RemovePlan> {
    const request = { name: this.args.name, deleteState: this.flags['delete-state'] };
    const { planRemove, removeContainer } = await import('../src/operations/remove.js');
    if (this.flags['dry-run']) {
      const plan = await planRemove(request, this.quietOptions());
      this.log(`Would ${plan.would_stop ? 'stop and ' : ''}remove ${plan.name}:`);
      for (const path of plan.would_delete) this.log(`  delete ${path}`);
      for (const path of plan.would_keep) this.log(`  keep   ${path}`);
      return plan;
    }
    if (!(await this.isMeant(request))) {
      const { notConfirmed } = await import('../src/errors/requests.js');
      throw notConfirmed(request.name, 'removed');
    }
    const result = await removeContainer(request, await this.operationOptions());
    await this.closeDisplay();
    if (result.removed) this.log(`Container ${result.name} removed successfully`);
    return result;
  }

  /** Asks on a terminal before it stops a running container or deletes data that cannot be restored. */
  private async isMeant(request: RemoveRequest): Promise<boolean> {
    if (this.flags.yes || this.jsonEnabled() || !process.stdin.isTTY || !process.stderr.isTTY) return true;
    const { planRemove } = await import('../src/operations/remove.js');
    const { name, would_stop: runs, would_delete: paths } = await planRemove(request, this.quietOptions());
    const what = [
      ...(runs ? [`Container '${name}' is running.`] : []),
      ...(request.deleteState && paths.length > 0
        ? ['Its state directory will be permanently deleted.']
        : []),
    ];
    if (what.length === 0) return true;
    const { confirm } = await import('../cli/commands/question.js');
    return confirm(`${what.join(' ')} Remove it?`);
  }
}
