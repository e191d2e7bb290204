import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';

export default class Edit extends BaseCommand<typeof Edit> {
  static override readonly onTarget = 'refused';
  static override summary = "Edit a container's configuration, and update it";
  static override description =
    "Opens the file of --config, or a file of the container's flake, in $VISUAL or $EDITOR. If the editor has changed the file, asks whether to update the container. Needs a terminal.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --file configuration.nix --yes',
  ];
  static override enableJsonFlag = false;
  static override args = { name: containerArgument };
  static override flags = {
    file: Flags.string({
      description: "File to open, in the directory of the container's flake (default: flake.nix)",
      helpValue: 'FILE',
    }),
    yes: Flags.boolean({ char: 'y', description: 'Update a changed container without asking' }),
    ...onlineFlags,
  };

  async run(): Promise<void> {
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
      const { editNeedsTerminal } = await import('../src/errors/usage.js');
      throw editNeedsTerminal();
    }
    const { editSource } = await import('../src/operations/edit.js');
    const request = { name: this.args.name, file: this.flags.file };
    const { name, path, changed } = await editSource(request, this.quietOptions());
    if (!changed) {
      this.log(`${path} was not changed`);
      return;
    }
    if (!this.flags.yes) {
      const { confirm } = await import('../cli/commands/question.js');
      if (!(await confirm(`${path} was changed. Update container '${name}'?`))) {
        this.log(`'${this.config.bin} update ${name}' updates the container later`);
        return;
      }
    }
    const [{ updateContainer }, { updateText }] = await Promise.all([
      import('../src/operations/update.js'),
      import('../cli/views/update-text.js'),
    ]);
    const waitOnline = secondsToWaitOnline(this.flags);
    const result = await updateContainer({ name }, { ...(await this.operationOptions()), waitOnline });
    await this.closeDisplay();
    this.log(updateText(result));
  }
}
