import * as Flags from '@oclif/core/flags';
import { PowerCommand, powerFlags } from '../cli/commands/power-command.js';
import type { PowerOutcome, PowerPreview } from '../src/operations/power.js';

export default class Stop extends PowerCommand<typeof Stop> {
  static override summary = 'Stop containers, and wait until each is gone';
  static override description =
    "Each is asked to power off, and ended by force when its time is over. One failure keeps no other from being stopped; the exit code is then the worst one's.";
  static override flags = {
    ...powerFlags,
    timeout: Flags.integer({
      char: 't',
      description: 'Seconds that it gets to power off by itself; default 30',
      helpValue: 'SECONDS',
      min: 1,
    }),
  };

  async run(): Promise<PowerOutcome[] | PowerPreview[]> {
    return this.power('stop', this.flags);
  }
}
