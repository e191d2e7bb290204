import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';

export default class Shell extends BaseCommand<typeof Shell> {
  static override summary = 'Open a shell in a running container';
  static override description =
    "A login shell of the user's, without a password; 'exit', or Ctrl-] three times within a second, leaves it. It is 'machinectl shell', which does not pass the shell's exit code on: for one command, 'run' does.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --user postgres',
  ];
  static override enableJsonFlag = false;
  static override args = { name: containerArgument };
  static override flags = {
    user: Flags.string({
      char: 'u',
      description: "A user of the container's; default root",
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
