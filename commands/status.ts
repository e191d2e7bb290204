import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import type { StatusView } from '../src/operations/status.js';

export default class Status extends BaseCommand<typeof Status> {
  static override summary = 'Show how a container is, or all of them';
  static override description =
    "With a name, one screen: state, generations, source, addresses, ports, failed units inside, and what it uses. Without one, a line for each container. 'outdated' is one that runs something else than its current generation: a restart boots that.";
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --json',
  ];
  static override args = { name: Args.string({ description: 'Container name; default all' }) };

  async run(): Promise<StatusView | StatusView[]> {
    const [{ statusOfAll, statusOfOne }, text] = await Promise.all([
      import('../src/operations/status.js'),
      import('../cli/status-text.js'),
    ]);
    const { name } = this.args;
    if (name === undefined) {
      const all = await statusOfAll(this.quietOptions());
      this.log(all.length === 0 ? 'No containers.' : text.statusTable(all));
      return all;
    }
    const one = await statusOfOne({ name }, this.quietOptions());
    this.log(text.statusText(one));
    return one;
  }
}
