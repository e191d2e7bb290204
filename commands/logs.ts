import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';

export default class Logs extends BaseCommand<typeof Logs> {
  static override summary = "Show a container's journal, whether it runs or not";
  static override description =
    "What the container's own journal has; that of a stopped one is read from its state directory. --host shows what its service said on the host: why it did not start, for example. It is journalctl(1) that shows it, with a pager on a terminal.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> web --unit nginx -f',
    '<%= config.bin %> <%= command.id %> web --since today',
    '<%= config.bin %> <%= command.id %> web --host -n 50',
  ];
  static override enableJsonFlag = false;
  static override args = { name: containerArgument };
  static override flags = {
    unit: Flags.string({
      char: 'u',
      description: 'Only this unit of the container',
      helpValue: 'UNIT',
      exclusive: ['host'],
    }),
    follow: Flags.boolean({ char: 'f', description: 'Go on showing what comes' }),
    since: Flags.string({
      description: "From this time on, as journalctl(1) takes it: 'today', '1 hour ago'",
      helpValue: 'TIME',
    }),
    lines: Flags.integer({ char: 'n', description: 'Only the last lines', helpValue: 'N', min: 0 }),
    host: Flags.boolean({ description: "Show the journal of the container's service on the host" }),
  };

  async run(): Promise<void> {
    const { attachLogs } = await import('../src/operations/logs.js');
    const { unit, follow, since, lines, host } = this.flags;
    process.exitCode = await attachLogs(
      { name: this.args.name, unit, follow, since, lines, host },
      this.quietOptions(),
    );
  }
}
