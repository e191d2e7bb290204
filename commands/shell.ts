import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';

export default class Shell extends BaseCommand<typeof Shell> {
  static override summary = 'Open a shell in a running container';
  static override description =
    "Opens a login shell of the user, without a password. To leave, enter 'exit', or press Ctrl-] three times within a second. machinectl(1) opens the shell, and does not return the shell's exit code. To get the exit code of a single command, use 'run'.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --user postgres',
  ];
  static override enableJsonFlag = false;
  static override args = { name: containerArgument };
  static override flags = {
    user: Flags.string({
      char: 'u',
      description: 'User in the container (default: root)',
      helpValue: 'USER',
    }),
  };

  async run(): Promise<void> {
    const { attachShell } = await import('../src/operations/enter.js');
    process.exitCode = await attachShell(
      { name: this.args.name, user: this.flags.user },
      this.quietOptions(),
    );
  }
}
