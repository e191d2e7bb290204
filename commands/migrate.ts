import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import type { Translation } from '../src/operations/migration.js';

export default class Migrate extends BaseCommand<typeof Migrate> {
  static override summary = "Translate containers of NixOS's own module";
  static override description =
    "Prints a declaration in nixos.containers for each container of NixOS's own module 'containers' or of nixpkgs' 'nixos-container', as its settings are on this host, and says what it could not translate. It changes nothing. See the page on migration for the steps that follow.";
  static override strict = false;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --to-nix',
    '<%= config.bin %> <%= command.id %> --to-nix web mail >containers.nix',
  ];
  static override args = {
    old: Args.string({ description: 'Names of containers (default: all)' }),
  };
  static override flags = {
    'to-nix': Flags.boolean({ description: 'Print code for nixos.containers', required: true }),
  };

  async run(): Promise<Translation[]> {
    const { translateContainers } = await import('../src/operations/migration.js');
    const translations = await translateContainers({ names: this.words }, this.quietOptions());
    if (translations.length === 0) this.logToStderr("This host has no containers of NixOS's own module");
    else this.log(translations.map(textOf).join('\n').trimEnd());
    return translations;
  }
}

/** What was not translated is a comment, so that it stays with the code. */
const textOf = ({ nix, untranslated }: Translation) =>
  `${untranslated.map((sentence) => `# ${sentence}\n`).join('')}${nix}`;
