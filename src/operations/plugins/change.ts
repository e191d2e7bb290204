import { isCommandFailure } from '../../errors/nspawn-error.js';
import { pluginNotFetched, pluginUnusable } from '../../errors/plugins.js';
import { type Act, runSteps } from '../../pipeline/steps.js';
import { type DiscoveryOptions, type Survey, surveyPlugins } from '../../plugins/discovery.js';
import { readFetchFailure } from '../../plugins/fetch-failure.js';
import { whyNoGitHost } from '../../plugins/git-host.js';
import { listInstalled, writeInstalled } from '../../plugins/installed.js';
import { installPackages } from '../../plugins/package-manager.js';
import { changePlace } from '../../plugins/place.js';
import type { OperationOptions } from '../context.js';
import { type PluginView, viewPlugin } from './view.js';

/** What the operations that change the installed plugins take. */
export interface PluginChangeOptions extends Pick<OperationOptions, 'signal' | 'wait' | 'onEvent'> {
  /** The directory of installed plugins. */
  dataDir: string;
  /** Directory of bundled plugins; default this package's own. */
  bundledDir?: string;
  /** The user whose code may run; default this process's user. */
  uid?: number;
}

export interface Changing {
  /** The copy of the directory, which is to replace it. */
  copy: string;
  signal: AbortSignal;
}

/** Runs the steps on a copy of the plugins directory. The copy replaces the directory if no step fails. */
export async function changePlugins(
  operation: string,
  options: PluginChangeOptions,
  steps: (changing: Changing) => readonly Act<void>[],
): Promise<void> {
  const {
    dataDir,
    wait = 0,
    signal = new AbortController().signal,
    uid = process.geteuid?.() ?? 0,
    onEvent: listener = () => undefined,
  } = options;
  await changePlace({ dataDir, operation, wait, signal, uid }, (copy) =>
    runSteps(steps({ copy, signal }), { container: '', operation, signal, listener }),
  );
}

/**
 * Fetches packages, and restores the list of plugins afterwards. plugin-plugins may add a wrong entry to it: if a
 * folder or repository is already in the list, it gives a second one the name of the first.
 *
 * @throws NspawnError `plugin-not-fetched` with npm's output
 */
export async function fetchPlugins(
  specs: readonly string[],
  { copy, signal }: Changing,
  allowScripts: boolean,
): Promise<void> {
  const list = await listInstalled(copy, []);
  for (const spec of specs) {
    const why = await whyNoGitHost(spec, signal);
    if (why !== null)
      throw pluginNotFetched(spec, null, {
        why,
        nextSteps: ['Check the address and the network of this host.'],
      });
  }
  try {
    await installPackages(specs, { directory: copy, allowScripts, signal });
  } catch (error) {
    if (!isCommandFailure(error)) throw error;
    const known = readFetchFailure(String(error.details.stderr));
    const names = specs.join(', ');
    throw known?.isUnusable
      ? pluginUnusable(names.replace(/^file:/, ''), known.why, known.nextSteps)
      : pluginNotFetched(names, error, known);
  }
  await writeInstalled(copy, list);
}

/** Checks that packages in the copy can be used, before they replace the installed ones. @throws NspawnError */
export async function requireUsable(
  packages: readonly string[],
  { copy }: Changing,
  options: PluginChangeOptions,
): Promise<void> {
  const surveys = await surveyPlugins({ ...options, dataDir: copy }, []);
  for (const survey of surveys.filter(({ entry }) => entry !== null && packages.includes(entry.name))) {
    const why = 'problem' in survey.reading ? survey.reading.problem : await whyUseless(survey);
    if (why !== null) throw pluginUnusable(survey.name, why);
  }
}

/** A package that has nothing to do with containers may still provide commands. */
async function whyUseless(survey: Survey): Promise<string | null> {
  if ('manifest' in survey.reading) return null;
  const { commands } = await viewPlugin(survey);
  return commands.length > 0 ? null : 'it has no events, presets or commands';
}

/** The views of packages on the list. */
export async function viewsOf(packages: readonly string[], options: DiscoveryOptions): Promise<PluginView[]> {
  const surveys = await surveyPlugins(options, []);
  return Promise.all(
    packages.flatMap((name) => surveys.filter(({ entry }) => entry?.name === name)).map(viewPlugin),
  );
}
