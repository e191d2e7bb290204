import * as Args from '@oclif/core/args';
import type { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import type { PowerOutcome, PowerPreview, PowerVerb } from '../../src/operations/power.js';
import { errorText } from '../outputs/report.js';
import { BaseCommand } from './base-command.js';
import { dryRunFlag } from './dry-run-flag.js';

/** `state`: --all selects the containers that are in this state before the command. */
export const powerFlags = (state: 'running' | 'stopped') => ({
  all: Flags.boolean({ description: `All imperative and declarative containers that are ${state}` }),
  ...dryRunFlag,
});

/** For commands that wait until a container has started. */
export const startTimeout = Flags.integer({
  char: 't',
  description: "Seconds to wait for each start (default: the service's TimeoutStartSec=)",
  helpValue: 'SECONDS',
  min: 1,
});

/** For commands that end containers. */
export const withDependents = Flags.boolean({
  description: 'Also stop the running containers that require one of these, and stop them first',
});

/** The examples of a power command. */
export const powerExamples = [
  '<%= config.bin %> <%= command.id %> web',
  '<%= config.bin %> <%= command.id %> web mail --json',
  '<%= config.bin %> <%= command.id %> --all --dry-run',
];

interface PowerWishes {
  all: boolean;
  'dry-run': boolean;
  timeout?: number | undefined;
  signal?: string | undefined;
  'with-dependents'?: boolean | undefined;
  waitOnline?: number | undefined;
  ifCredentialsChanged?: boolean | undefined;
}

/**
 * A command that starts or stops containers. It takes several names or --all, reports an outcome for each, and exits
 * with the worst outcome's code.
 */
export abstract class PowerCommand<T extends typeof Command> extends BaseCommand<T> {
  static override strict = false;
  static override examples = powerExamples;
  static override args = {
    name: Args.string({ description: 'Names of containers; none with --all' }),
  };

  protected async power(
    verb: PowerVerb,
    {
      all,
      timeout,
      signal,
      waitOnline,
      ifCredentialsChanged,
      'dry-run': dryRun,
      'with-dependents': withDependents,
    }: PowerWishes,
  ): Promise<PowerOutcome[] | PowerPreview[]> {
    const [{ powerContainers, powerExitCode, previewPower }, { powerPreviewText, powerText }] =
      await Promise.all([import('../../src/operations/power.js'), import('../views/power-text.js')]);
    if (all && this.words.length > 0) {
      const { namesWithAll } = await import('../../src/errors/usage.js');
      throw namesWithAll();
    }
    const names = all ? 'all' : this.words;
    const several = all || names.length > 1;
    const request = { verb, names, timeout, signal, withDependents, ifCredentialsChanged } as const;
    if (dryRun) {
      const previews = await previewPower(request, this.quietOptions());
      this.tell(previews, powerPreviewText(verb, previews, signal));
      process.exitCode = powerExitCode(previews);
      return previews;
    }
    const options = { ...(await this.operationOptions({ several })), waitOnline };
    const outcomes = await powerContainers(request, options);
    await this.closeDisplay();
    this.tell(outcomes, powerText(verb, outcomes, signal));
    process.exitCode = powerExitCode(outcomes);
    return outcomes;
  }

  private tell(outcomes: readonly Pick<PowerOutcome, 'error'>[], text: string): void {
    for (const { error } of outcomes) {
      if (error === null) continue;
      const told = { ...error, details: error, nextSteps: error.next_steps, exitCode: error.exit_code };
      this.logToStderr(errorText(told, this.flags.verbose).trimEnd());
    }
    if (text !== '') this.log(text);
  }
}
