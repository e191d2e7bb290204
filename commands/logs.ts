import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';

export default class Logs extends BaseCommand<typeof Logs> {
  static override summary = "Show a container's journal";
  static override description =
    'Shows the journal inside the container. The journal of a stopped container is read from its state directory. --host shows the journal of its service on the host, for example why it did not start. The output is that of journalctl(1), which uses a pager on a terminal.';
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
      description: 'Show only this unit of the container',
      helpValue: 'UNIT',
      exclusive: ['host'],
    }),
    follow: Flags.boolean({ char: 'f', description: 'Show new entries as they are written' }),
    since: Flags.string({
      description: "Show entries from this time on, in the format of journalctl(1): 'today', '1 hour ago'",
      helpValue: 'TIME',
    }),
    lines: Flags.integer({ char: 'n', description: 'Show only the last N lines', helpValue: 'N', min: 0 }),
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
