import * as Flags from '@oclif/core/flags';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import { PowerCommand, powerFlags, startTimeout } from '../cli/commands/power-command.js';
import type { PowerOutcome, PowerPreview } from '../src/operations/power.js';

export default class Restart extends PowerCommand<typeof Restart> {
  static override summary = 'Restart containers, and wait until each is ready';
  static override description =
    'Each container boots its current generation. A stopped container is started, after those that it wants or requires. systemd also restarts the running containers that require it. If a container does not start, it is stopped again and its journal is shown.';
  static override flags = {
    ...powerFlags('running'),
    timeout: startTimeout,
    'if-credentials-changed': Flags.boolean({
      description: 'Only if the content of a credential has changed on the host since the start',
    }),
    ...onlineFlags,
  };

  async run(): Promise<PowerOutcome[] | PowerPreview[]> {
    return this.power('restart', {
      ...this.flags,
      ifCredentialsChanged: this.flags['if-credentials-changed'],
      waitOnline: secondsToWaitOnline(this.flags),
    });
  }
}
