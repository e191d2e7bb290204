import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/commands/base-command.js';
import { type CompletionModel, completionModel } from '../cli/completions/model.js';

export default class Completions extends BaseCommand<typeof Completions> {
  static override readonly onTarget = 'here';
  static override summary = 'Print a shell completion script';
  static override description =
    'The script completes commands, flags and their values: containers, generations, presets, and the containers of a flake. The Nix package installs it. Otherwise, write it to a directory where the shell looks for completions.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> bash > /etc/bash_completion.d/nixos-nspawn',
    '<%= config.bin %> <%= command.id %> zsh \\\n  > /usr/local/share/zsh/site-functions/_nixos-nspawn',
    '<%= config.bin %> <%= command.id %> fish > /etc/fish/completions/nixos-nspawn.fish',
  ];
  static override args = {
    shell: Args.string({
      description: 'Shell to print the script for',
      required: true,
      options: ['bash', 'zsh', 'fish'],
    }),
  };

  async run(): Promise<{ shell: string; script: string }> {
    const { shell } = this.args;
    const script = await completionScript(shell, completionModel(this.config));
    this.log(script.trimEnd());
    return { shell, script };
  }
}

async function completionScript(shell: string, model: CompletionModel): Promise<string> {
  switch (shell) {
    case 'zsh':
      return (await import('../cli/completions/zsh.js')).zshCompletions(model);
    case 'fish':
      return (await import('../cli/completions/fish.js')).fishCompletions(model);
    default:
      return (await import('../cli/completions/bash.js')).bashCompletions(model);
  }
}
