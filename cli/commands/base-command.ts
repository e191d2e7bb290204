import type { Interfaces } from '@oclif/core';
import { Command } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import * as Flags from '@oclif/core/flags';
import { NspawnError } from '../../src/errors/nspawn-error.js';
import { emptyFlag } from '../../src/errors/usage.js';
import type { OperationOptions } from '../../src/operations/context.js';
import { type PipelineEvent, warningOf } from '../../src/pipeline/events.js';
import type { Warning } from '../../src/plugins/lifecycle.js';
import { wantsDetail, wantsJson } from '../boot/wanted-output.js';
import { reportError } from '../outputs/report.js';
import type { Display } from '../progress/display.js';
import { marked } from '../views/colour.js';
import { TARGET_VARIABLE } from './target-variable.js';

export type BaseFlags<T extends typeof Command> = Interfaces.InferredFlags<
  (typeof BaseCommand)['baseFlags'] & T['flags']
>;

/** What all commands share: global flags, signals, progress display, and the output of results and errors. */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    verbose: Flags.boolean({
      char: 'v',
      description: 'Show build logs, evaluation traces and other details',
      helpGroup: 'GLOBAL',
    }),
    'unit-file-dir': Flags.string({
      description: 'Directory of the .nspawn unit files (default: /etc/systemd/nspawn)',
      helpValue: 'DIR',
      helpGroup: 'GLOBAL',
    }),
    root: Flags.string({ hidden: true, env: 'NIXOS_NSPAWN_ROOT', helpGroup: 'GLOBAL' }),
    wait: Flags.integer({
      description: 'Seconds to wait for another run on the same container to end',
      helpValue: 'SECONDS',
      default: 0,
      min: 0,
      helpGroup: 'GLOBAL',
    }),
    'no-plugins': Flags.boolean({
      description: 'Use no plugins and no presets, not even bundled ones',
      helpGroup: 'GLOBAL',
    }),
    'hook-timeout': Flags.integer({
      description:
        "Time limit of each plugin at each event, in seconds (default: the plugin's own limit, or 60)",
      helpValue: 'SECONDS',
      min: 1,
      helpGroup: 'GLOBAL',
    }),
    'target-host': Flags.string({
      description: 'Work on another host, over ssh',
      helpValue: '[USER@]HOST',
      env: TARGET_VARIABLE,
      helpGroup: 'GLOBAL',
    }),
    sudo: Flags.boolean({
      description: 'Run as root on the target host, with sudo',
      helpGroup: 'GLOBAL',
    }),
  };

  /**
   * What --target-host means for the command: the tool there runs it (`there`), it always works on this host (`here`),
   * it does a part of the work on each (`both`), or it is refused.
   */
  static readonly onTarget: 'there' | 'here' | 'both' | 'refused' = 'there';

  protected flags!: BaseFlags<T>;
  protected args!: Interfaces.InferredArgs<T['args']>;
  /** All arguments in the given order, for a command that takes any number. */
  protected words: string[] = [];
  #display: Display | null = null;
  readonly #warnings: Warning[] = [];
  readonly #interrupt = new AbortController();

  /** Unlike oclif's own `run`, does not load the configuration again if it was given one. */
  static override async run<T extends Command>(
    this: new (
      argv: string[],
      config: Config,
    ) => T,
    argv: string[] = process.argv.slice(2),
    opts?: Interfaces.LoadOptions,
  ): Promise<ReturnType<T['run']>> {
    const config = opts instanceof Config ? opts : await Config.load(opts);
    const command: Command = new this(argv, config);
    if (!(command instanceof BaseCommand)) throw new TypeError('This command does not extend BaseCommand.');
    return command._run();
  }

  override async init(): Promise<void> {
    await super.init();
    const { args, flags, raw } = await this.parse({
      flags: this.ctor.flags,
      baseFlags: (super.ctor as typeof BaseCommand).baseFlags,
      enableJsonFlag: this.ctor.enableJsonFlag,
      args: this.ctor.args,
      strict: this.ctor.strict,
    });
    this.flags = flags as BaseFlags<T>;
    // Joined with a file name, an empty path would mean the working directory.
    if (this.flags['unit-file-dir'] === '') {
      throw emptyFlag('unit-file-dir');
    }
    await this.#goThere();
    // Keep the given order. oclif's `argv` moves a repeated word next to its first occurrence.
    this.words = raw.flatMap(({ type, input }) => (type === 'arg' ? [input] : []));
    this.args = args as Interfaces.InferredArgs<T['args']>;
  }

  /** With --target-host, runs the command there, and ends this one. */
  async #goThere(): Promise<void> {
    const { 'target-host': name, sudo, json } = this.flags as BaseFlags<T> & { json?: boolean };
    const { onTarget } = this.ctor as typeof BaseCommand;
    if (name === undefined) {
      if (!sudo) return;
      const { sudoWithoutTarget } = await import('../../src/errors/remote.js');
      throw sudoWithoutTarget();
    }
    if (onTarget === 'here' || onTarget === 'both') return;
    const verb = (this.id ?? '').split(':');
    if (onTarget === 'refused') {
      const { notRemote } = await import('../../src/errors/remote.js');
      throw notRemote(verb.join(' '));
    }
    if (name === '') throw emptyFlag('target-host');
    const { passThrough } = await import('../../src/operations/remote/pass.js');
    const { canAsk, wantsTerminal, withoutTarget } = await import('./target-flags.js');
    const code = await passThrough({
      target: name,
      argv: [...verb, ...withoutTarget(this.argv)],
      sudo,
      terminal: wantsTerminal(this.flags, json),
      canAsk: canAsk(),
    });
    this.exit(code);
  }

  /** For an operation that changes nothing and shows no progress. */
  protected quietOptions(): OperationOptions {
    const { root, wait, verbose } = this.flags;
    return {
      root,
      unitFileDir: this.flags['unit-file-dir'],
      wait,
      showTrace: verbose,
      signal: this.#interrupt.signal,
      onEvent: (event) => {
        const warning = this.#noted(event);
        if (warning !== null && !this.jsonEnabled())
          process.stderr.write(`${marked('Warning')} ${warning.message}\n`);
      },
    };
  }

  /** For an operation without steps that clears up after itself: Ctrl-C and SIGTERM end the operation. */
  protected interruptibleOptions(): OperationOptions {
    this.#heedSignals();
    return this.quietOptions();
  }

  #heedSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => this.#interrupt.abort(signal));
    }
  }

  /** Stores a warning for the JSON document, because the result may have no field for it, or the operation may fail. */
  #noted(event: PipelineEvent): Warning | null {
    const warning = warningOf(event);
    if (warning !== null && !this.#warnings.some(({ message }) => message === warning.message))
      this.#warnings.push(warning);
    return warning;
  }

  /**
   * For an operation with steps. Shows the steps, and on Ctrl-C and SIGTERM ends the operation so that it undoes its
   * changes. If the terminal closes (SIGHUP), the operation continues. `several` is for one that works on several
   * containers at once. `silent` shows nothing.
   */
  protected async operationOptions({
    several = false,
    silent = this.jsonEnabled(),
  } = {}): Promise<OperationOptions> {
    this.#heedSignals();
    process.on('SIGHUP', () => undefined);
    const { openDisplay } = await import('../progress/display.js');
    this.#display = await openDisplay({
      silent,
      verbose: this.flags.verbose,
      several,
    });
    const { commandLifecycle } = await import('./lifecycle.js');
    const lifecycle = await commandLifecycle(this.config.dataDir, this.flags);
    for (const { code, message } of lifecycle.problems)
      this.#display.onEvent({ container: '', type: 'warning', code, message });
    const { onEvent } = this.#display;
    return {
      ...this.quietOptions(),
      onEvent: (event) => {
        this.#noted(event);
        onEvent(event);
      },
      lifecycle,
    };
  }

  /** Where installed plugins are; null if none must be used. */
  protected pluginDirectory(): string | null {
    return this.flags['no-plugins'] ? null : this.config.dataDir;
  }

  /** Waits until the display has drawn its last line, so that the result appears below it. */
  protected async closeDisplay(): Promise<void> {
    await this.#display?.close();
  }

  protected override async catch(error: unknown): Promise<void> {
    await this.closeDisplay();
    reportError(await this.#explained(error), {
      json: this.ctor.enableJsonFlag && wantsJson(this.argv),
      verbose: wantsDetail(this.argv),
      warnings: this.#warnings,
      command: {
        id: (this.id ?? '').replaceAll(':', ' '),
        flags: Object.entries({ ...this.ctor.baseFlags, ...this.ctor.flags })
          .filter(([, { hidden }]) => hidden !== true)
          .map(([name]) => `--${name}`)
          .concat(this.ctor.enableJsonFlag ? ['--json', '--help'] : ['--help']),
      },
    });
  }

  /** If the host is not fit for containers, reports that as the cause of the failure. */
  async #explained(error: unknown): Promise<unknown> {
    if (!(error instanceof NspawnError) || this.flags?.['target-host'] !== undefined) return error;
    const [{ explained }, { hostLayout }] = await Promise.all([
      import('../../src/doctor/preflight.js'),
      import('../../src/host/layout.js'),
    ]);
    const { root, 'unit-file-dir': unitFileDir } = this.flags ?? {};
    return explained(error, hostLayout({ root, unitFileDir }));
  }

  protected override async finally(): Promise<void> {
    await this.closeDisplay();
  }

  /** Adds the warnings, unless the result already has them. If the result is a list, prints them to stderr instead. */
  override toSuccessJson(result: unknown): unknown {
    if (this.#warnings.length === 0) return result;
    if (typeof result === 'object' && result !== null && !Array.isArray(result))
      return { warnings: this.#warnings, ...result };
    for (const { message } of this.#warnings) process.stderr.write(`${marked('Warning')} ${message}\n`);
    return result;
  }

  /** Prints one line, so that scripts can read it as a line. oclif would colour and indent it. */
  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json)}\n`);
  }
}
