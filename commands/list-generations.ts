import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { generationsText } from '../cli/views/generations-text.js';
import type { GenerationView } from '../src/operations/generations.js';

export default class ListGenerations extends BaseCommand<typeof ListGenerations> {
  static override summary = 'List the generations of a container';
  static override description =
    "The newest generation comes first. 'current' is the one that the next start boots, and 'running' the one that runs now. 'booted' is the one that the container was started with, if it has switched since. --verbose also shows store paths.";
  static override aliases = ['generations'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --size',
    '<%= config.bin %> <%= command.id %> web --json',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    size: Flags.boolean({ description: 'Show the size of each closure' }),
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
