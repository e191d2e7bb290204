import { Flags } from '@oclif/core';
import { PowerCommand, powerFlags } from '../cli/power-command.js';
import type { PowerOutcome } from '../src/operations/power.js';

export default class Restart extends PowerCommand<typeof Restart> {
  static override summary = 'Restart containers, and wait until each is ready again';
  static override description =
    'They boot their current generation; one that does not run is started. One that does not come up is stopped again, and its journal is shown.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web mail --json',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override flags = {
    ...powerFlags,
    timeout: Flags.integer({
      char: 't',
      description: "Seconds that a start may take; default the service's TimeoutStartSec=",
      helpValue: 'SECONDS',
      min: 1,
    }),
  };

  async run(): Promise<PowerOutcome[]> {
    return this.power('restart', this.flags);
  }
}
