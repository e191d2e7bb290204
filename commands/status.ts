import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import type { Sizes, StatusView } from '../src/operations/status.js';

export default class Status extends BaseCommand<typeof Status> {
  static override summary = 'Show the state of one container, or of all';
  static override description =
    "With a name, shows the container's state, generations, source, addresses, ports, failed units, resources, disk usage, and the result of its last operation. Without a name, shows one line for each container. 'outdated' means that the container does not run its current generation, which a restart would boot. 'stale' means that a newer generation than the current one exists, for example after a rollback.";
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --watch',
    '<%= config.bin %> <%= command.id %> web --json',
  ];
  static override args = { name: Args.string({ description: 'Container name (default: all containers)' }) };
  static override flags = {
    watch: Flags.boolean({
      description: 'Show the state again every two seconds, until Ctrl-C',
      exclusive: ['json'],
    }),
  };

  async run(): Promise<StatusView | StatusView[]> {
    const [operations, text] = await Promise.all([
      import('../src/operations/status.js'),
      import('../cli/views/status-text.js'),
    ]);
    const { name } = this.args;
    const options = this.quietOptions();
    if (name === undefined) {
      const all = async () => {
        const found = await operations.statusOfAll(options);
        return { found, shown: found.length === 0 ? 'No containers.' : text.statusTable(found) };
      };
      if (this.flags.watch) return this.#watch(async () => (await all()).shown);
      const { found, shown } = await all();
      this.log(shown);
      return found;
    }
    // Count the disk space only once, because that is slow and the value changes slowly.
    let sizes: Sizes | undefined;
    const one = async () => {
      const found = await operations.statusOfOne({ name, sizes }, options);
      sizes = found;
      return found;
    };
    if (this.flags.watch) return this.#watch(async () => text.statusText(await one()));
    const found = await one();
    this.log(text.statusText(found));
    return found;
  }

  async #watch(look: () => Promise<string>): Promise<never> {
    const { watch } = await import('../cli/commands/watch.js');
    await watch(process.stdout, look);
    return this.exit();
  }
}
