import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { generationsText } from '../cli/views/generations-text.js';
import type { GenerationView } from '../src/operations/generations.js';

export default class ListGenerations extends BaseCommand<typeof ListGenerations> {
  static override summary = 'List configuration generations of a container';
  static override description =
    "Newest first. 'current' is what the next start boots; 'running' is what the container runs now, and 'booted' what it was started with, where it has switched since. With --verbose, store paths are shown too.";
  static override aliases = ['generations'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --size',
    '<%= config.bin %> <%= command.id %> web --json',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    size: Flags.boolean({ description: 'Show the size of each closure, by asking Nix' }),
  };

  async run(): Promise<GenerationView[]> {
    const { listGenerations } = await import('../src/operations/generations.js');
    const { size, verbose } = this.flags;
    const generations = await listGenerations({ name: this.args.name, size }, this.quietOptions());
    const shown = generationsText(generations, { sizes: size, paths: verbose });
    this.log(generations.length === 0 ? 'No generations.' : shown);
    return generations;
  }
}
