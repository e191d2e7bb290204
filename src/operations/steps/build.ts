import { access, constants } from 'node:fs/promises';
import { unreadableFile } from '../../error-catalog.js';
import { isErrno, isMissing } from '../../errors.js';
import { readClosure, resolveClosure } from '../../host/closure.js';
import { buildConfig, buildFlake } from '../../nix/build.js';
import type { NixOptions } from '../../nix/command.js';
import { findNixpkgs } from '../../nix/nixpkgs.js';
import type { Source } from '../../nix/source.js';
import type { Step, Task } from '../../pipeline/steps.js';
import type { Change } from '../change.js';
import type { Built } from '../shared-builds.js';

/** Evaluates and builds the source outside the profile, held by a temporary root, and reads what came out. */
export function buildStep(change: Change, source: Source): Step {
  return {
    title: source.kind === 'profile' ? 'Read the profile' : 'Evaluate and build',
    run: async (task) => {
      const { context, places, transaction } = change;
      if (source.kind === 'profile') {
        change.path = await resolveClosure(source.path);
      } else {
        await transaction.willUndo({
          do: 'release-build-root',
          path: places.buildRoot,
          autoRootsDir: context.layout.autoRootsDir,
        });
        await build(change, source, task);
      }
      if (change.path === null) throw new Error('the build gave no path');
      change.closure = await readClosure(change.path, places.name);
    },
  };
}

/** Reads what was built beforehand. */
export function readStep(change: Change, { path, resolved }: Built): Step {
  return {
    title: 'Read the build',
    run: async () => {
      change.path = path;
      change.resolved = resolved;
      change.closure = await readClosure(path, change.places.name);
    },
  };
}

async function build(
  change: Change,
  source: Exclude<Source, { kind: 'profile' }>,
  task: Task,
): Promise<void> {
  const { context, places, system } = change;
  const request = { name: places.name, system, presets: change.modules, outLink: places.buildRoot };
  const options: NixOptions = {
    signal: context.signal,
    showTrace: context.showTrace,
    progress: task.progress,
    log: task.log,
    warn: (message) => context.listener({ container: places.name, type: 'warning', code: 'nix', message }),
  };
  if (source.kind === 'flake') {
    const { closure, metadata, attribute } = await buildFlake({ ...request, ...source }, options);
    change.path = closure;
    change.resolved = `${metadata.locked}#${attribute}`;
    return;
  }
  await requireReadable(source.file);
  const nixpkgs = await findNixpkgs(source.nixpkgs, options);
  change.path = await buildConfig({ ...request, file: source.file, nixpkgs }, options);
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
