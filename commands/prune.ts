import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import { keptText, prunedText } from '../cli/views/prune-text.js';
import type { PrunePreview, PruneResult } from '../src/operations/prune.js';

export default class Prune extends BaseCommand<typeof Prune> {
  static override summary = 'Delete old generations of a container';
  static override description =
    'Always keeps the current generation, the running one, and the one that a rollback switches to. With both --keep and --older-than, deletes a generation only if both allow it. The next garbage collection of the store frees the space that only the deleted generations use.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web --keep 5',
    '<%= config.bin %> <%= command.id %> web --older-than 14d --dry-run',
    '<%= config.bin %> <%= command.id %> web --keep 3 --older-than 2w',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    keep: Flags.integer({ description: 'Keep the N newest generations', helpValue: 'N', min: 1 }),
    'older-than': Flags.string({
      description: 'Delete only generations older than this, in hours, days or weeks: 36h, 14d, 2w',
      helpValue: 'AGE',
    }),
    'dry-run': Flags.boolean({ char: 'n', description: 'Show what would be deleted, and change nothing' }),
  };

  async run(): Promise<PruneResult | PrunePreview> {
    const { keep, 'older-than': olderThan } = this.flags;
    const request = { name: this.args.name, keep, olderThan };
    const { previewPrune, pruneGenerations } = await import('../src/operations/prune.js');
    if (this.flags['dry-run']) {
      const preview = await previewPrune(request, this.quietOptions());
      this.log(prunedText(preview.name, 'Would delete', preview.would_forget, preview.freeable_bytes));
      this.log(keptText(preview.kept));
      return preview;
    }
    const result = await pruneGenerations(request, await this.operationOptions());
    await this.closeDisplay();
    this.log(prunedText(result.name, 'Deleted', result.forgotten, result.freeable_bytes));
    return result;
  }
}
