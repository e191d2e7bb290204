import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import { PowerCommand, powerFlags, startTimeout } from '../cli/commands/power-command.js';
import type { PowerOutcome, PowerPreview } from '../src/operations/power.js';

export default class Restart extends PowerCommand<typeof Restart> {
  static override summary = 'Restart containers, and wait until each is ready again';
  static override description =
    'They boot their current generation; one that does not run is started. One that does not come up is stopped again, and its journal is shown.';
  static override flags = { ...powerFlags, timeout: startTimeout, ...onlineFlags };

  async run(): Promise<PowerOutcome[] | PowerPreview[]> {
    return this.power('restart', { ...this.flags, waitOnline: secondsToWaitOnline(this.flags) });
  }
}
