import * as Flags from '@oclif/core/flags';
import { PowerCommand, powerFlags, withDependents } from '../cli/commands/power-command.js';
import type { PowerOutcome, PowerPreview } from '../src/operations/power.js';

export default class Stop extends PowerCommand<typeof Stop> {
  static override summary = 'Stop containers, and wait until each has ended';
  static override description =
    'Asks each container to power off, and kills it if it has not ended in time. A container that a running one requires is not stopped alone. A failure does not affect the other containers; the exit code is that of the most urgent failure.';
  static override flags = {
    ...powerFlags('running'),
    timeout: Flags.integer({
      char: 't',
      description: 'Seconds to wait for a container to power off (default: 30)',
      helpValue: 'SECONDS',
      min: 1,
    }),
    'with-dependents': withDependents,
  };

  async run(): Promise<PowerOutcome[] | PowerPreview[]> {
    return this.power('stop', this.flags);
  }
}
