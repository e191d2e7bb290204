import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import type { UnitFileView } from '../src/operations/cat.js';

export default class Cat extends BaseCommand<typeof Cat> {
  static override summary = 'Show the unit files that are in effect for a container';
  static override description =
    'Prints its .nspawn file, its service with all drop-ins, and its .network files, each after a line with its path.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --json',
  ];
  static override args = { name: containerArgument };

  async run(): Promise<UnitFileView[]> {
    const { unitFilesOf } = await import('../src/operations/cat.js');
    const files = await unitFilesOf({ name: this.args.name }, this.quietOptions());
    this.log(files.map(({ path, content }) => `# ${path}\n${content.trimEnd()}`).join('\n\n'));
    return files;
  }
}
