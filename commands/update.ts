import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { activationFlags } from '../cli/commands/activation-flags.js';
import { BaseCommand } from '../cli/commands/base-command.js';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import { presetChangeFlags, presetsFromFlags } from '../cli/commands/preset-flags.js';
import { sourceFlags, sourceFromFlags } from '../cli/commands/source-flags.js';
import { thereFlags, thereOptions } from '../cli/commands/there.js';
import type { UpdatePlan, UpdateResult } from '../src/operations/update.js';
import type { UpdateOutcome } from '../src/operations/update-all.js';

export default class Update extends BaseCommand<typeof Update> {
  static override readonly onTarget = 'both';
  static override summary = 'Update a container';
  static override description =
    'Builds the configuration, makes it the next generation, and activates it. If the container does not start with it, or a unit inside newly fails, switches back to the previous generation (exit code 8). Without a source, uses the recorded one, from the last update or the creation of the container.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --flake .#web --strategy restart',
    '<%= config.bin %> <%= command.id %> web --dry-run',
    '<%= config.bin %> <%= command.id %> --all --jobs 4',
    '<%= config.bin %> <%= command.id %> --all --dry-run',
  ];
  static override args = { name: Args.string({ description: 'Container name; not with --all' }) };
  static override flags = {
    ...sourceFlags,
    ...presetChangeFlags,
    ...activationFlags,
    ...onlineFlags,
    ...thereFlags,
    force: Flags.boolean({ description: 'Activate the configuration even if it is current already' }),
    'dry-run': Flags.boolean({
      char: 'n',
      description: 'Build, show what would be done, and change nothing',
    }),
    all: Flags.boolean({
      description: 'Update all imperative containers, each from its own source',
      exclusive: ['config', 'flake', 'profile', 'preset', 'no-preset'],
    }),
    jobs: Flags.integer({
      char: 'j',
      description: 'Number of containers to update at the same time, with --all (default: 2)',
      min: 1,
      helpValue: 'N',
    }),
  };

  async run(): Promise<UpdateResult | UpdatePlan | UpdateOutcome[]> {
    const { strategy, start, force, rollback: rollBack } = this.flags;
    const ignoreFailedUnits = this.flags['ignore-failed-units'];
    const wishes = { strategy, start, force, rollBack, ignoreFailedUnits };
    if (this.flags.all) return this.updateAll(wishes);
    const name = await this.requireOne();
    const request = {
      name,
      source: sourceFromFlags(this.flags) ?? undefined,
      system: this.flags.system,
      presets: await presetsFromFlags(this.flags),
      dropPresets: this.flags['no-preset'],
      ...wishes,
    };
    const [{ planUpdate, updateContainer }, { updatePlanText, updateText }] = await Promise.all([
      import('../src/operations/update.js'),
      import('../cli/views/update-text.js'),
    ]);
    const waitOnline = secondsToWaitOnline(this.flags);
    const there = await thereOptions(this.flags, this.pluginDirectory());
    const options = { ...(await this.operationOptions()), waitOnline };
    if (this.flags['dry-run']) {
      const plan = await planUpdate(request, options);
      await this.closeDisplay();
      this.log(updatePlanText(plan));
      return plan;
    }
    const result =
      there === null
        ? await updateContainer(request, options)
        : await (await import('../src/operations/remote/update.js')).updateThere(request, there, options);
    await this.closeDisplay();
    this.log(updateText(result));
    return result;
  }

  private async updateAll(wishes: object): Promise<UpdateOutcome[]> {
    const [{ updateAll }, { outcomeTable }, { namesWithAll }, { worstExitCode }] = await Promise.all([
      import('../src/operations/update-all.js'),
      import('../cli/views/update-text.js'),
      import('../src/errors/usage.js'),
      import('../src/errors/exit-codes.js'),
    ]);
    if (this.args.name !== undefined) throw namesWithAll();
    if (this.flags['target-host'] !== undefined) {
      const { targetCannot } = await import('../src/errors/remote.js');
      throw targetCannot('--all');
    }
    const outcomes = await updateAll(
      { ...wishes, jobs: this.flags.jobs, dryRun: this.flags['dry-run'] },
      { ...(await this.operationOptions({ several: true })), waitOnline: secondsToWaitOnline(this.flags) },
    );
    await this.closeDisplay();
    this.log(outcomeTable(outcomes));
    process.exitCode = worstExitCode(outcomes.map(({ exit_code }) => exit_code));
    return outcomes;
  }

  private async requireOne(): Promise<string> {
    const { name } = this.args;
    if (name !== undefined && this.flags.jobs === undefined) return name;
    const { jobsWithoutAll, noContainerNamed } = await import('../src/errors/usage.js');
    throw name === undefined ? noContainerNamed() : jobsWithoutAll();
  }
}
