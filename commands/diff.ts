import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { diffText } from '../cli/views/diff-text.js';
import type { DiffResult } from '../src/operations/diff.js';

export default class Diff extends BaseCommand<typeof Diff> {
  static override summary = 'Show the differences between two generations of a container';
  static override description =
    "Shows which packages were added, removed or changed, the sizes of the closures, and what changes on the host. A generation is a number, 'current' or 'running'.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web 3',
    '<%= config.bin %> <%= command.id %> web running current --json',
  ];
  static override args = {
    name: containerArgument,
    before: Args.string({ description: 'Generation to compare with (default: the one before AFTER)' }),
    after: Args.string({ description: "Generation to compare (default: 'current')" }),
  };

  async run(): Promise<DiffResult> {
    const { diffGenerations } = await import('../src/operations/diff.js');
    const diff = await diffGenerations(this.args, this.quietOptions());
    this.log(diffText(diff));
    return diff;
  }
}
