import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/commands/base-command.js';

/** Seconds to wait for a flake that is slow to evaluate. Someone is waiting at the keyboard. */
const PATIENCE = 5;

/** Prints names that a shell cannot find out by itself, one per line, for the completion scripts. */
export default class Complete extends BaseCommand<typeof Complete> {
  static override hidden = true;
  static override readonly onTarget = 'here';
  static override summary = 'Print names for the completion scripts';
  static override args = {
    what: Args.string({ description: 'What to name', required: true, options: ['presets', 'flake'] }),
    reference: Args.string({ description: 'The flake', default: '.' }),
  };

  async run(): Promise<string[]> {
    const names = await this.#names();
    for (const name of names) this.log(name);
    return names;
  }

  async #names(): Promise<string[]> {
    if (this.args.what === 'presets') {
      const { presetNames } = await import('../src/operations/presets.js');
      return presetNames({ dataDir: this.pluginDirectory() });
    }
    const { listFlakeContainers } = await import('../src/operations/flake-containers.js');
    const { reference } = this.args;
    return listFlakeContainers({ reference, signal: AbortSignal.timeout(PATIENCE * 1000) });
  }
}
