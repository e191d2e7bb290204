import { join } from 'node:path';
import { entries } from '../base/files.js';
import { uniqueSuffix, writerOf } from '../base/writer.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { releaseBuildRoots } from '../host/build-root.js';
import { hostDefaults } from '../host/host-defaults.js';
import type { ContainerRecord } from '../host/record.js';
import { buildFlakeAttributes } from '../nix/build.js';
import { flakeMetadata } from '../nix/flake.js';
import { flakePlace } from '../nix/flake-place.js';
import { parseFlakeReference } from '../nix/flake-reference.js';
import { syncStore } from '../nix/store-on-disk.js';
import { inParallel } from '../pipeline/parallel.js';
import type { Context } from './context.js';

/** A closure of a container that was built in advance, together with those of other containers. */
export interface AlreadyBuilt {
  /** Its path in the store. */
  path: string;
  /** The locked flake and attribute; null for other sources. */
  resolved: string | null;
  /** Whether it already contains what presets and plugins add, so that they only have to check this host. */
  isComplete?: boolean;
}

interface Known {
  name: string;
  record: ContainerRecord | null;
}

interface SharedBuildOptions {
  context: Context;
  /** The directory of the links that protect the results. */
  rootsDir: string;
  /** How many flakes are built at the same time. */
  jobs: number;
}

interface Group {
  flake: string;
  directory: string;
  containers: { name: string; attribute: string }[];
}

/**
 * Builds all containers of one flake with a single Nix command, so that the flake is fetched and evaluated only once.
 * Protects the results from garbage collection while `work` runs. If such a build fails, its containers are built
 * individually when it is their turn, so that only the faulty ones fail.
 */
export async function withSharedBuilds<T>(
  containers: readonly Known[],
  { context, rootsDir, jobs }: SharedBuildOptions,
  work: (builtFor: (name: string) => AlreadyBuilt | undefined) => Promise<T>,
): Promise<T> {
  const built = new Map<string, AlreadyBuilt>();
  const links: string[] = await abandonedLinks(rootsDir);
  try {
    // The defaults of the host extend each container's evaluation, so one command cannot build several.
    const shareable = (await hostDefaults(context.layout)) === null ? groups(containers) : [];
    await inParallel(shareable, jobs, async (group) => {
      const outLink = join(rootsDir, `.shared-${uniqueSuffix()}`);
      for (const index of group.containers.keys()) links.push(index === 0 ? outLink : `${outLink}-${index}`);
      await buildGroup(group, outLink, context, built);
    });
    return await work((name) => built.get(name));
  } finally {
    await releaseBuildRoots(links, context.layout.autoRootsDir);
  }
}

async function buildGroup(
  group: Group,
  outLink: string,
  context: Context,
  built: Map<string, AlreadyBuilt>,
): Promise<void> {
  const { flake, directory, containers } = group;
  const options = {
    signal: context.signal,
    showTrace: false,
    progress: () => undefined,
    log: () => undefined,
    // Each warning is repeated, with its container's name, when the container is built or its build is found.
    warn: (message: string) => context.listener({ container: flake, type: 'warning', code: 'nix', message }),
  };
  try {
    const place = await flakePlace(flake, directory);
    const { locked } = await flakeMetadata(place.flake, { ...options, cwd: place.cwd });
    const attributes = containers.map(({ attribute }) => attribute);
    const paths = await buildFlakeAttributes(locked, attributes, outLink, options);
    await syncStore();
    for (const [index, { name, attribute }] of containers.entries()) {
      const path = paths[index];
      if (path !== undefined) built.set(name, { path, resolved: `${locked}#${attribute}` });
    }
  } catch (error) {
    if (context.signal.aborted || !(error instanceof NspawnError)) throw error;
    context.listener({
      container: flake,
      type: 'log',
      text: `${error.message} Its containers are now built one by one.`,
    });
  }
}

/** Links that interrupted runs left behind. */
async function abandonedLinks(rootsDir: string): Promise<string[]> {
  const abandoned = (await entries(rootsDir)).filter((name) => {
    const suffix = /^\.shared-(\w+-\w+-\w+)/.exec(name)?.[1];
    return suffix !== undefined && writerOf(suffix) === 'ended';
  });
  return abandoned.map((name) => join(rootsDir, name));
}

/** Flakes with at least two containers that have no presets. The attribute is the one that the last build found. */
function groups(containers: readonly Known[]): Group[] {
  const found = new Map<string, Group>();
  for (const { name, record } of containers) {
    if (record?.source.kind !== 'flake' || record.resolved === null || record.presets.length > 0) continue;
    const { reference, directory, host } = record.source;
    if (host !== undefined) continue;
    const { flake } = parseFlakeReference(reference);
    const attribute = record.resolved.slice(record.resolved.indexOf('#') + 1);
    const key = JSON.stringify([flake, directory]);
    const group = found.get(key) ?? { flake, directory, containers: [] };
    group.containers.push({ name, attribute });
    found.set(key, group);
  }
  return [...found.values()].filter((group) => group.containers.length > 1);
}
