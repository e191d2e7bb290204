import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';

export default class Run extends BaseCommand<typeof Run> {
  static override aliases = ['exec'];
  static override usage = '<%= command.id %> NAME [FLAGS] -- COMMAND [ARGUMENT...]';
  static override summary = 'Run a command in a running container';
  static override description =
    "Write the command after '--'. Input, output and signals are passed on, and the exit code is that of the command, or 128 + N if signal N ended it, as in a shell. On a terminal, the command gets a terminal too. The command runs as a service of the container, with the rights of the container, and ends with this process. As in a shell, 127 means that the command does not exist, and 126 that it cannot be executed, or that its directory or user does not exist. 125 means that the container stopped or restarted, so the exit code of the command is unknown.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> web -- systemctl status nginx',
    '<%= config.bin %> <%= command.id %> web --user postgres -- psql -c "select 1"',
    '<%= config.bin %> <%= command.id %> web --env LANG=C --workdir /srv -- ls',
  ];
  static override enableJsonFlag = false;
  static override strict = false;
  static override args = { name: containerArgument };
  static override flags = {
    user: Flags.string({
      char: 'u',
      description: 'User in the container (default: root)',
      helpValue: 'USER',
    }),
    workdir: Flags.string({
      char: 'w',
      description: "Working directory in the container (default: the user's home)",
      helpValue: 'DIR',
    }),
    env: Flags.string({
      char: 'e',
      description: 'Set an environment variable',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    tty: Flags.boolean({
      char: 't',
      description: 'Give the command a terminal (default: if standard input and output are terminals)',
      allowNo: true,
    }),
  };

  async run(): Promise<void> {
    const { attachCommand } = await import('../src/operations/run.js');
    const { user, workdir, env, tty } = this.flags;
    const [, ...command] = this.words;
    const onTerminal = process.stdin.isTTY && process.stdout.isTTY;
    const terminal = tty ?? onTerminal;
    if (terminal && !onTerminal) {
      const { noTerminal } = await import('../src/errors/usage.js');
      throw noTerminal();
    }
    process.exitCode = await attachCommand(
      { name: this.args.name, command, user, workdir, env, terminal },
      this.quietOptions(),
    );
  }
}
