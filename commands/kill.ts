import * as Flags from '@oclif/core/flags';
import { PowerCommand, powerExamples, powerFlags } from '../cli/commands/power-command.js';
import type { PowerOutcome, PowerPreview } from '../src/operations/power.js';

export default class Kill extends PowerCommand<typeof Kill> {
  static override summary = 'End containers at once, and wait until each is gone';
  static override description =
    "Every process of the container is killed without being asked; what it had not written to disk is lost. 'stop' asks first. With --signal, its init gets that signal, and makes of it what it likes (systemd(1), SIGNALS).";
  static override examples = [...powerExamples, '<%= config.bin %> <%= command.id %> web --signal SIGUSR1'];
  static override flags = {
    ...powerFlags,
    signal: Flags.string({
      char: 's',
      description: 'Send this signal to its first process instead, and wait for nothing: SIGHUP, RTMIN+4, 15',
      helpValue: 'SIGNAL',
    }),
  };

  async run(): Promise<PowerOutcome[] | PowerPreview[]> {
    return this.power('kill', this.flags);
  }
}
