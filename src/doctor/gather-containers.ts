import { lookup } from 'node:dns/promises';
import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Generation } from '../container/generation.js';
import type { ContainerName } from '../container/name.js';
import { Profile } from '../container/profile.js';
import { bindSources, createdSources, type Settings } from '../container/settings.js';
import { isClosedToUser, isErrno, isMissing, NspawnError } from '../errors.js';
import { missingSources } from '../host/bind-sources.js';
import { readClosure } from '../host/closure.js';
import { fileState, isPresent } from '../host/files.js';
import { readProfile } from '../host/generations.js';
import { linkedNetworks, planHostFiles } from '../host/host-files.js';
import { imagesInTheWay } from '../host/images.js';
import type { Found } from '../host/inventory.js';
import type { Layout, Places } from '../host/layout.js';
import { isSeenLocked } from '../host/lock.js';
import { closedTo } from '../host/modes.js';
import { seeRecord } from '../host/record.js';
import { generationsOf, type RunningPart } from '../host/running-generations.js';
import { hasForeignOwners } from '../systemd/owners.js';
import type { RunningMachine } from '../systemd/running-machines.js';
import { systemOf } from '../systemd/running-system.js';
import type { UnitState } from '../systemd/unit-states.js';
import type { ContainerFacts } from './facts.js';
import { isGlobal } from './firewall/forwarding.js';

/** The user and group that networkd runs as. */
const NETWORKD = 'systemd-network';

interface Request {
  layout: Layout;
  found: readonly Found[];
  units: ReadonlyMap<string, UnitState>;
  machines: ReadonlyMap<string, RunningMachine>;
}

/** Looks at each container, but for those that an operation is at work on and those of others. */
export async function gatherContainers({
  layout,
  found,
  units,
  machines,
}: Request): Promise<ContainerFacts[]> {
  const facts = await Promise.all(
    found
      .filter(({ type }) => type !== 'foreign')
      .map(async (container): Promise<ContainerFacts | null> => {
        const { name, places } = container;
        if (await isSeenLocked(places.lock)) return null;
        const machine = machines.get(name) ?? null;
        const own = container.type === 'declarative' ? null : await ownFacts(layout, container);
        const settings = own === null ? container.settings : own.settings;
        const unit = units.get(places.service) ?? { load: 'not-found', active: 'inactive', invocation: '' };
        const profile = own?.profile ?? new Profile([], null);
        const [missingBinds, unreadableCredentials, resolved, running] = await Promise.all([
          settings === null ? [] : missingSources(bindsOf(settings)),
          settings === null ? [] : unreadable(credentialsOf(settings)),
          resolve(machine),
          machine?.leader == null ? null : currentOf(machine.leader, unit.invocation, places, profile),
        ]);
        return {
          found: { ...container, settings },
          profile,
          closure: own?.closure ?? null,
          fallback: own?.fallback ?? null,
          closureProblem:
            own !== null
              ? own.problem
              : container.problem?.code === 'unreadable'
                ? container.problem.why
                : null,
          displacedFiles: own?.displaced ?? [],
          recordProblem: own === null ? null : seeRecord(places.record).problem,
          isUnfinished: await isPresent(places.journal),
          unit,
          maskedAt: await maskedAt(places),
          machine,
          running,
          isRunningGone: running !== null && !(await isPresent(running.system)),
          hasForeignOwners: await hasForeignOwners(name),
          missingBinds,
          imagesInTheWay: await imagesInTheWay(layout, places, { everywhere: false }),
          unreadableNetworks: await unreadableNetworks(layout, places),
          unreadableCredentials,
          resolved,
        };
      }),
  );
  return facts.filter((container) => container !== null);
}

/** Where the container's service, or the template of all, is masked; null where neither is (systemd.unit(5)). */
async function maskedAt({ service }: Places): Promise<string | null> {
  const template = service.replace(/@.*\./, '@.');
  const links = [service, template].flatMap((unit) =>
    ['/etc/systemd/system', '/run/systemd/system'].map((directory) => join(directory, unit)),
  );
  for (const link of links) {
    const state = await fileState(link);
    if (state.kind === 'link' && state.target === '/dev/null') return link;
  }
  return null;
}

interface OwnFacts {
  profile: ContainerFacts['profile'];
  closure: string | null;
  fallback: number | null;
  displaced: ContainerFacts['displacedFiles'];
  settings: Settings | null;
  problem: string | null;
}

async function ownFacts(layout: Layout, { name, places }: Found): Promise<OwnFacts> {
  const profile = await readProfile(places.profile);
  const current = profile.current?.path ?? null;
  const nothing = { profile, closure: current, fallback: null, displaced: [], settings: null };
  if (current === null)
    return { ...nothing, fallback: await newestUsable(profile.generations, name), problem: null };
  try {
    const { files, settings } = await readClosure(current, name);
    const changes = await planHostFiles(layout, places, files);
    const displaced = (await hasRuntimeDropIn(places, files.dropIn))
      ? changes.filter(({ path }) => path !== places.dropIn && path !== places.runtimeDropIn)
      : changes;
    return {
      ...nothing,
      displaced: displaced.map(({ path, before }) => ({ path, isAbsent: before.kind === 'absent' })),
      settings,
      problem: null,
    };
  } catch (error) {
    if (error instanceof NspawnError || isErrno(error)) return { ...nothing, problem: error.message };
    throw error;
  }
}

/** The Python tool's only drop-in lies below /run: as good as ours until the next boot. The next update moves it. */
async function hasRuntimeDropIn({ dropIn, runtimeDropIn }: Places, text: string): Promise<boolean> {
  if ((await fileState(dropIn)).kind !== 'absent') return false;
  const state = await fileState(runtimeDropIn);
  return state.kind === 'file' && state.content === text;
}

/** A generation may be gone from the store, or be another container's. */
async function newestUsable(generations: readonly Generation[], name: ContainerName): Promise<number | null> {
  for (const { number, path } of generations.toReversed()) {
    try {
      await readClosure(path, name);
      return number;
    } catch (error) {
      if (error instanceof NspawnError || isErrno(error)) continue;
      throw error;
    }
  }
  return null;
}

function bindsOf(settings: Settings): string[] {
  const made = new Set(createdSources(settings));
  return bindSources(settings).filter((source) => !made.has(source));
}

async function unreadableNetworks(layout: Layout, places: Places): Promise<string[]> {
  const links = await linkedNetworks(layout, places);
  const closed = await Promise.all(links.map((link) => closedTo(link, NETWORKD)));
  return [...new Set(closed.flat())];
}

/** Those whose place is known: others are looked up in systemd's credential stores. */
const credentialsOf = ({ credentials }: Settings) => credentials.filter(({ path }) => isAbsolute(path));

async function unreadable(
  credentials: readonly { id: string; path: string }[],
): Promise<ContainerFacts['unreadableCredentials'][number][]> {
  const all = await Promise.all(
    credentials.map(async ({ id, path }) => ({ id, path, why: await whyUnreadable(path) })),
  );
  return all.flatMap(({ why, ...credential }) => (why === null ? [] : [{ ...credential, why }]));
}

/** systemd reads a file or a socket (systemd.exec(5), LoadCredential=). */
async function whyUnreadable(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).isDirectory()) return 'is a directory';
    await access(path, constants.R_OK);
    return null;
  } catch (error) {
    if (isMissing(error)) return 'is not there';
    // Root, and so systemd, may see it.
    if (isClosedToUser(error)) return null;
    if (isErrno(error)) return `cannot be read (${error.code})`;
    throw error;
  }
}

async function currentOf(
  leader: number,
  invocation: string,
  places: Places,
  profile: ContainerFacts['profile'],
): Promise<RunningPart | null> {
  return (await generationsOf(await systemOf(leader), invocation, places, profile)).current;
}

/**
 * The addresses that programs on the host get for the container's name (getaddrinfo(3)); null for one that has none
 * of its own yet, which comes with its lease.
 */
async function resolve(machine: RunningMachine | null): Promise<string[] | null> {
  if (machine === null || !machine.addresses.some(isGlobal)) return null;
  try {
    return (await lookup(machine.name, { all: true })).map(({ address }) => address);
  } catch (error) {
    // ENOTFOUND and its like: an answer.
    if (isErrno(error)) return [];
    throw error;
  }
}
