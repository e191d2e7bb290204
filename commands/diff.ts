import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { diffText } from '../cli/views/diff-text.js';
import type { DiffResult } from '../src/operations/diff.js';

export default class Diff extends BaseCommand<typeof Diff> {
  static override summary = 'Show what two generations of a container differ in';
  static override description =
    "Packages that came, went or have another version, the closure's size, and what changes on the host. A generation is a number, 'current' or 'running'.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web 3',
    '<%= config.bin %> <%= command.id %> web running current --json',
  ];
  static override args = {
    name: containerArgument,
    before: Args.string({ description: 'The earlier side; default the generation before the later side' }),
    after: Args.string({ description: "The later side; default 'current'" }),
  };

  async run(): Promise<DiffResult> {
    const { diffGenerations } = await import('../src/operations/diff.js');
    const diff = await diffGenerations(this.args, this.quietOptions());
    this.log(diffText(diff));
    return diff;
  }
}
