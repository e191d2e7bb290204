import { PowerCommand, powerFlags } from '../cli/power-command.js';
import type { PowerOutcome } from '../src/operations/power.js';

export default class Kill extends PowerCommand<typeof Kill> {
  static override summary = 'End containers at once, and wait until each is gone';
  static override description =
    "Every process of the container is killed without being asked; what it had not written to disk is lost. 'stop' asks first.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web mail --json',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override flags = {
    ...powerFlags,
  };

  async run(): Promise<PowerOutcome[]> {
    return this.power('kill', this.flags);
  }
}
