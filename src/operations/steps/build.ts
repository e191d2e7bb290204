import { access, constants } from 'node:fs/promises';
import { bootId } from '../../base/boot.js';
import type { Source } from '../../container/source.js';
import { nixFailedInDefaults } from '../../errors/nix.js';
import { NspawnError } from '../../errors/nspawn-error.js';
import { unreadableFile } from '../../errors/places.js';
import { isErrno, isMissing } from '../../errors/system-calls.js';
import { type Closure, readClosure, resolveClosure } from '../../host/closure.js';
import { hostDefaults, readableHostDefaults } from '../../host/host-defaults.js';
import { buildConfig, buildFlake } from '../../nix/build.js';
import type { NixOptions } from '../../nix/command.js';
import { findNixpkgs } from '../../nix/nixpkgs.js';
import { syncStore } from '../../nix/store-on-disk.js';
import type { Step, Task } from '../../pipeline/steps.js';
import { releaseBuildRoot } from '../operation.js';
import type { AlreadyBuilt } from '../shared-builds.js';
import type { AskedToBuild, Built, Under } from '../stages.js';

type BuildStep = Step<Under<AskedToBuild>, Under<Built>>;

/** A source that Nix has to evaluate. */
type NixSource = Exclude<Source, { kind: 'profile' }>;

/** Evaluates and builds the source outside the profile, protected by a temporary root, and reads the closure. */
export const buildStep = (source: NixSource): BuildStep => ({
  id: 'build',
  title: 'Evaluate and build',
  run: async (given, task) => {
    const began = new Date().toISOString();
    await given.transaction.willUndo({ ...releaseBuildRoot(given), build: { boot: await bootId(), began } });
    try {
      const { path, resolved } = await build(source, given, task);
      return { ...given, resolved, closure: await readClosure(path, given.places.name) };
    } finally {
      // Also after a failure, because the journal, with which a power loss is recognised, is then deleted.
      await syncStore();
    }
  },
});

/** Reads a closure that somebody else has built. */
export const readProfileStep = (path: string): BuildStep => ({
  id: 'read-profile',
  title: 'Read the profile',
  run: async (given) => {
    const closure = await readClosure(await resolveClosure(path), given.places.name);
    // It may just have been built.
    await syncStore();
    await warnOfDefaults(closure, given);
    return { ...given, resolved: null, closure };
  },
});

/** Reads a closure that another host has copied to this one. */
export const readCopyStep = (built: AlreadyBuilt): BuildStep => ({
  ...readBuildStep(built),
  id: 'read-copy',
  title: 'Read the copied build',
  run: async (given) => {
    const closure = await readClosure(built.path, given.places.name);
    await syncStore();
    return { ...given, resolved: built.resolved, closure };
  },
});

/** Reads a closure that this run has built together with those of other containers. */
export const readBuildStep = ({ path, resolved }: AlreadyBuilt): BuildStep => ({
  id: 'read-build',
  title: 'Read the build',
  run: async (given) => ({ ...given, resolved, closure: await readClosure(path, given.places.name) }),
});

/** Nobody should rely on defaults, such as limits, that do not apply to a closure which is already built. */
async function warnOfDefaults(
  { path, settings }: Closure,
  { context, places, before }: Under<AskedToBuild>,
): Promise<void> {
  const file = await hostDefaults(context.layout);
  const isKnown = before.current?.path === path || Object.keys(settings.hostDefaults).length > 0;
  if (file === null || isKnown) return;
  context.listener({
    container: places.name,
    type: 'warning',
    code: 'defaults-not-applied',
    message: `The defaults of the host in ${file} do not apply to '${places.name}', because its configuration is already built.`,
  });
}

async function build(
  source: NixSource,
  { context, places, system, modules }: Under<AskedToBuild>,
  task: Task,
): Promise<{ path: string; resolved: string | null }> {
  const request = {
    name: places.name,
    system,
    presets: modules,
    hostDefaults: await readableHostDefaults(context.layout),
    outLink: places.buildRoot,
  };
  const options: NixOptions = {
    signal: context.signal,
    showTrace: context.showTrace,
    progress: task.progress,
    log: task.log,
    warn: (message) => context.listener({ container: places.name, type: 'warning', code: 'nix', message }),
  };
  if (source.kind === 'flake') {
    const build = buildFlake({ ...request, ...source }, options);
    const { closure, metadata, attribute } = await namingDefaults(build, request.hostDefaults);
    return { path: closure, resolved: `${metadata.locked}#${attribute}` };
  }
  await requireReadable(source.file);
  const nixpkgs = await findNixpkgs(source.nixpkgs, options);
  const build = buildConfig({ ...request, file: source.file, nixpkgs }, options);
  return { path: await namingDefaults(build, request.hostDefaults), resolved: null };
}

/** An error in the defaults of the host otherwise looks like one in the container's configuration. */
async function namingDefaults<T>(build: Promise<T>, file: string | null): Promise<T> {
  try {
    return await build;
  } catch (error) {
    if (file === null || !(error instanceof NspawnError)) throw error;
    const { stderr } = error.details;
    throw typeof stderr === 'string' && stderr.includes(file) ? nixFailedInDefaults(error, file) : error;
  }
}

async function requireReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && error.code === 'EACCES'))
      throw unreadableFile(file, 'The configuration', error);
    throw error;
  }
}
