import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/commands/base-command.js';

/** Carries out what `__change` was asked for, as a service of its own. */
export default class RunOrder extends BaseCommand<typeof RunOrder> {
  static override readonly onTarget = 'refused';
  static override hidden = true;
  static override summary = 'Carry out a change for the tool of another host';
  static override enableJsonFlag = false;
  static override args = {
    order: Args.string({ description: 'The id of the order', required: true }),
  };

  async run(): Promise<void> {
    const { carryOut } = await import('../src/operations/remote/apply.js');
    await carryOut(this.args.order, await this.operationOptions({ silent: true }));
  }
}
