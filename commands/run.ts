import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';

export default class Run extends BaseCommand<typeof Run> {
  static override aliases = ['exec'];
  static override usage = '<%= command.id %> NAME [FLAGS] -- COMMAND [ARGUMENT...]';
  static override summary = 'Run a command in a running container';
  static override description =
    "The command stands after '--'. Input, output, signals and the exit code are the command's own: 128 + N where signal N ended it, as in a shell. On a terminal it gets one; else its streams are passed as they are. It is a service of the container, with the container's rights, and dies with this process. As in a shell, 127 means that there is no such command, and 126 that it cannot be executed, or that its directory or user is not there. 125 means that it was cut off: the container stopped or restarted, and nobody knows how the command ended.";
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
      description: "A user of the container's; default root",
      helpValue: 'USER',
    }),
    workdir: Flags.string({
      char: 'w',
      description: "Directory in the container; default the user's home",
      helpValue: 'DIR',
    }),
    env: Flags.string({
      char: 'e',
      description: 'Set a variable; may be given several times',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    tty: Flags.boolean({
      char: 't',
      description: 'Give it a terminal; default where standard input and output are one',
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
