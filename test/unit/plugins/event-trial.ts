import { expect } from 'chai';
import type { LifecycleFacts } from '../../../src/plugins/lifecycle.js';
import { builtLibrary } from '../built-library.js';
import { FakeHost, type Tree } from '../cli/fake-host.js';
import { type Misbehaviour, type Moment, pluginsThat } from './misbehaviour.js';

export type Operation = LifecycleFacts['operation'];

/** The result of a change during which a plugin misbehaved. */
export interface Outcome {
  exitCode: number;
  /** The code of the error, or the codes of the warnings if the change succeeded. */
  codes: string[];
  message: string;
  /** Whether the files of the host are as before the change, or as after the same change without plugins. */
  host: 'as before' | 'complete' | 'neither';
  /** Whether the plugin after the two that disagree was called. */
  askedOn: boolean;
}

interface Told {
  code: string;
  message: string;
}

/** A host on which a change is tried repeatedly. */
export class EventTrial {
  private constructor(
    private readonly operation: Operation,
    private readonly host: FakeHost,
    private readonly built: Awaited<ReturnType<typeof builtLibrary>>,
    private readonly closures: readonly [string, string],
  ) {}

  #before: Tree = new Map();
  #complete: Tree = new Map();
  #backToBefore = async () => {};

  /** Creates a host with what the operation needs, and runs the operation once without plugins to learn its result. */
  static async make(operation: Operation): Promise<EventTrial> {
    const host = await FakeHost.make();
    const data = JSON.stringify({ autoStart: true });
    const closures = [await host.closure('web', data), await host.closure('web', data)] as const;
    const trial = new EventTrial(operation, host, await builtLibrary(), closures);
    if (operation !== 'create') await trial.#change('create');
    if (operation === 'rollback') await trial.#change('update');
    trial.#backToBefore = await host.keep();
    trial.#before = await host.tree();
    await trial.#change(operation);
    trial.#complete = await host.tree();
    await trial.#backToBefore();
    return trial;
  }

  end(): Promise<void> {
    return this.host.end();
  }

  /** Runs the operation with a plugin that misbehaves at this moment. */
  async see(misbehaviour: Misbehaviour, moment: Moment): Promise<Outcome> {
    const plugins = await pluginsThat(misbehaviour, moment);
    try {
      const { pluginLifecycle, discoverPlugins, NspawnError } = this.built;
      const { dataDir } = plugins;
      const lifecycle = pluginLifecycle(await discoverPlugins({ dataDir }), {
        root: this.host.root,
        hookTimeout: misbehaviour === 'hangs' ? 0.3 : null,
      });
      let [exitCode, told]: [number, readonly Told[]] = [0, []];
      try {
        told = await this.#change(this.operation, moment, lifecycle);
      } catch (error) {
        if (!(error instanceof NspawnError)) throw error;
        [exitCode, told] = [error.exitCode, [error]];
      }
      const said = told.filter(({ code }) => code !== 'plugin');
      const outcome = {
        exitCode,
        codes: said.map(({ code }) => code),
        message: said.map(({ message }) => message).join(' '),
        host: this.#judge(await this.host.tree()),
        askedOn: told.some(({ message }) => message.includes('third was asked')),
      };
      if (outcome.host !== 'as before') await this.#backToBefore();
      expect(await this.host.tree(), 'where the next begins').to.deep.equal(this.#before);
      return outcome;
    } finally {
      await plugins.remove();
    }
  }

  #judge(now: Tree): Outcome['host'] {
    if (isSame(now, this.#before)) return 'as before';
    return isSame(withoutTimes(now), withoutTimes(this.#complete)) ? 'complete' : 'neither';
  }

  /** Makes the change and returns its warnings. */
  async #change(
    operation: Operation,
    moment: Moment | null = null,
    lifecycle?: ReturnType<typeof this.built.pluginLifecycle>,
  ): Promise<readonly Told[]> {
    const { built, closures } = this;
    const options = { root: this.host.root, lifecycle };
    const name = 'web';
    switch (operation) {
      case 'create': {
        const { warnings } = await built.createContainer({ name, ...this.#source(moment) }, options);
        return warnings;
      }
      case 'update': {
        const source = { kind: 'profile', path: closures[1] } as const;
        return (await built.updateContainer({ name, source, start: true }, options)).warnings;
      }
      case 'rollback':
        return (await built.rollbackContainer({ name, start: true }, options)).warnings;
      case 'remove':
        return (await built.removeContainer({ name }, options)).warnings;
      case 'autostart': {
        const [entry] = await built.autostartContainers({}, options);
        if (entry === undefined) throw new Error('nothing was to be started');
        return entry.error === null ? entry.warnings : [entry.error];
      }
    }
  }

  /** A prebuilt profile, unless this moment occurs only in an evaluation. */
  #source(moment: Moment | null) {
    if (moment !== 'presets' && moment !== 'before-evaluate')
      return { source: { kind: 'profile', path: this.closures[0] } as const };
    const source = { kind: 'flake', reference: 'path:/srv#web', directory: '/' } as const;
    return moment === 'presets' ? { source, presets: [{ name: 'fancy', parameters: {} }] } : { source };
  }
}

/** The record of a container contains times. */
const withoutTimes = (tree: Tree): Tree =>
  new Map(
    [...tree].map(([path, what]) => [path, path.endsWith('containers/web.json') ? 'its record' : what]),
  );
const isSame = (a: Tree, b: Tree) => JSON.stringify([...a]) === JSON.stringify([...b]);
