import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerTable } from '../cli/views/container-text.js';
import { formatted } from '../cli/views/format.js';
import type { ContainerView } from '../src/operations/container-view.js';

const FIELDS = Object.keys({
  name: true,
  type: true,
  state: true,
  generation: true,
  addresses: true,
  auto_start: true,
  problem: true,
  unit_file: true,
  is_imperative: true,
} satisfies Record<keyof ContainerView, true>) as (keyof ContainerView)[];

export default class List extends BaseCommand<typeof List> {
  static override summary = 'List containers';
  static override aliases = ['ls'];
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --type imperative --json',
    "<%= config.bin %> <%= command.id %> --format '{{name}} {{state}}'",
  ];
  static override flags = {
    type: Flags.option({
      description: 'List only containers of this type',
      options: ['imperative', 'declarative'] as const,
    })(),
    quiet: Flags.boolean({ char: 'q', description: 'Print only names, one per line', exclusive: ['json'] }),
    format: Flags.string({
      description: 'Print a line for each container, made from fields of --json',
      helpValue: 'TEMPLATE',
      exclusive: ['json', 'quiet'],
    }),
  };

  async run(): Promise<ContainerView[]> {
    const { listContainers } = await import('../src/operations/list.js');
    const containers = await listContainers({ type: this.flags.type }, this.quietOptions());
    if (this.flags.quiet) {
      for (const { name } of containers) this.log(name);
      return containers;
    }
    if (this.flags.format !== undefined) {
      for (const line of formatted(this.flags.format, FIELDS, containers)) this.log(line);
      return containers;
    }
    // Skip the layout of the table if it is not shown. It is slow for a thousand rows.
    if (!this.jsonEnabled())
      this.log(containers.length === 0 ? 'No containers.' : containerTable(containers));
    for (const { name, problem } of containers) if (problem !== null) this.logToStderr(`${name}: ${problem}`);
    return containers;
  }
}
