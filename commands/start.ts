import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import { PowerCommand, powerFlags, startTimeout } from '../cli/commands/power-command.js';
import type { PowerOutcome, PowerPreview } from '../src/operations/power.js';

export default class Start extends PowerCommand<typeof Start> {
  static override summary = 'Start containers, and wait until each is ready';
  static override description =
    "Each is up when its own init says so. What a reboot or another tool took of its links and drop-ins is put back first. One that does not come up is stopped again, its journal is shown, and the others go on; the exit code is then the worst one's.";
  static override flags = { ...powerFlags, timeout: startTimeout, ...onlineFlags };

  async run(): Promise<PowerOutcome[] | PowerPreview[]> {
    return this.power('start', { ...this.flags, waitOnline: secondsToWaitOnline(this.flags) });
  }
}
