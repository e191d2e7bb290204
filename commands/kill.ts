import * as Flags from '@oclif/core/flags';
import { PowerCommand, powerExamples, powerFlags, withDependents } from '../cli/commands/power-command.js';
import type { PowerOutcome, PowerPreview } from '../src/operations/power.js';

export default class Kill extends PowerCommand<typeof Kill> {
  static override summary = 'Kill containers, and wait until each has ended';
  static override description =
    "Kills all processes of a container at once. Data that they have not written to disk is lost; 'stop' shuts a container down cleanly. A container that a running one requires is not killed alone. With --signal, only sends that signal to the init of the container. The section SIGNALS of systemd(1) describes its effect.";
  static override examples = [...powerExamples, '<%= config.bin %> <%= command.id %> web --signal SIGUSR1'];
  static override flags = {
    ...powerFlags('running'),
    signal: Flags.string({
      char: 's',
      description: 'Send this signal to the init instead, and do not wait: SIGHUP, RTMIN+4, 15',
      helpValue: 'SIGNAL',
      exclusive: ['with-dependents'],
    }),
    'with-dependents': withDependents,
  };

  async run(): Promise<PowerOutcome[] | PowerPreview[]> {
    return this.power('kill', this.flags);
  }
}
