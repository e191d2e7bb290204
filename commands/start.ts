import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import { PowerCommand, powerFlags, startTimeout } from '../cli/commands/power-command.js';
import type { PowerOutcome, PowerPreview } from '../src/operations/power.js';

export default class Start extends PowerCommand<typeof Start> {
  static override summary = 'Start containers, and wait until each is ready';
  static override description =
    'A container has started when its init reports that it is ready. Links and drop-ins that a reboot or another tool removed are restored first. The containers that it wants or requires are started before it. If a container does not start, it is stopped again and its journal is shown. A failure does not affect the other containers; the exit code is that of the most urgent failure.';
  static override flags = { ...powerFlags('stopped'), timeout: startTimeout, ...onlineFlags };

  async run(): Promise<PowerOutcome[] | PowerPreview[]> {
    return this.power('start', { ...this.flags, waitOnline: secondsToWaitOnline(this.flags) });
  }
}
