import * as z from 'zod';
import { containerName } from '../container/name.js';
import { dependentsOf, ordersOf } from '../container/order.js';
import type { Settings } from '../container/settings.js';
import { sourceSchema } from '../container/source.js';
import { noSuchContainer } from '../errors/containers.js';
import { isCommandFailure } from '../errors/nspawn-error.js';
import type { Container } from '../host/container.js';
import { readProfile } from '../host/generations.js';
import { findContainers } from '../host/inventory.js';
import { type ContainerRecord, describesProfile, seeRecord } from '../host/record.js';
import { treeSize } from '../host/trees.js';
import { generationsOf } from '../running/generations.js';
import { type ComparedCredential, compareCredentials } from '../systemd/credentials.js';
import { failedUnits } from '../systemd/inside.js';
import { type LoggedOperation, lastOperations } from '../systemd/operation-log.js';
import { listMachines } from '../systemd/registered-machines.js';
import { supervisedSystem } from '../systemd/running-system.js';
import { showUnits } from '../systemd/systemctl.js';
import { sizesIfTold } from './closure-sizes.js';
import { byName, containerView, containerViewSchema } from './container-view.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { requireContainer } from './known-container.js';
import { withKnownErrors } from './known-errors.js';
import { livePorts } from './live-ports.js';
import { lookingContext } from './looking-context.js';

/** A container or a unit of the host that starts before a container. */
const earlierSchema = z.object({
  /** The unit, like `systemd-nspawn@db.service`. */
  unit: z.string(),
  /** The name of the container; null if it is another unit of the host. */
  container: z.string().nullable(),
  /** Whether that container is running, and whether it exists; null for other units of the host. */
  state: z.enum(['running', 'stopped', 'missing']).nullable(),
});

export type EarlierView = z.infer<typeof earlierSchema>;

export const statusViewSchema = containerViewSchema.extend({
  /** The state of the service, as systemd calls it: `active`, `inactive`, `failed`, `activating`, … */
  service_state: z.string(),
  /** Since when the service is in that state, ISO 8601 in UTC; null if systemd does not know. */
  since: z.string().nullable(),
  /** Number of the newest generation of the profile. */
  newest_generation: z.int().nullable(),
  /** Number of the generation that is running; null if none is, or if the container does not report it. */
  running_generation: z.int().nullable(),
  /** Whether something other than what a restart would boot is running; null if unknown. */
  outdated: z.boolean().nullable(),
  /**
   * What it was last made from; null if unknown: for declarative containers, or if something else has changed the
   * profile.
   */
  source: sourceSchema.nullable(),
  /** Names of its presets, in order. */
  presets: z.array(z.string()),
  /** Ports of the host that its configuration forwards to it. */
  ports: z.array(
    z.object({
      /** `tcp` or `udp`. */
      protocol: z.string(),
      /** Port of the host. */
      host_port: z.int(),
      /** Port of the container. */
      container_port: z.int(),
      /**
       * Whether the packet filter forwards it to the container now; null if no name was given, or if this is unknown.
       */
      forwarded: z.boolean().nullable(),
    }),
  ),
  /** Containers and units of the host that must run for it. They start before it. */
  requires: z.array(earlierSchema),
  /** Containers and units of the host that start before it, whenever it starts. */
  wants: z.array(earlierSchema),
  /** Further containers and units of the host that it starts after, if they start too. */
  after: z.array(earlierSchema),
  /** Names of the containers that require it. */
  required_by: z.array(z.string()),
  /** Credentials that its configuration passes to it. */
  credentials: z.array(
    z.object({
      /** Name of the credential in the container. */
      id: z.string(),
      /** Its file on the host. */
      path: z.string(),
      /**
       * Whether the content of the file differs from what the running container was given; null if no name was given,
       * if the container is not running, or if this is unknown.
       */
      changed: z.boolean().nullable(),
    }),
  ),
  /** Failed units inside a running container; null if they were not requested, or if the container does not answer. */
  failed_units: z.array(z.string()).nullable(),
  /** Bytes of memory that it uses now; null if it is not running, or if the host does not count them. */
  memory: z.number().nullable(),
  /** Seconds of processor time since its start; null if it is not running, or if the host does not count them. */
  cpu_seconds: z.number().nullable(),
  /** How many processes and threads it has now; null if it is not running, or if the host does not count them. */
  tasks: z.int().nullable(),
  /** Bytes of its state directory; null if no name was given, or if counting them would take too long. */
  state_size: z.number().nullable(),
  /** Bytes of its current generation's closure, which may be shared with others; null if no name was given. */
  closure_size: z.number().nullable(),
  /** Fields that are null, or empty, because only root can see them. */
  needs_root: z.array(z.string()),
  /** The last operation on it in the host's journal; null if there is none. */
  last_operation: z
    .object({
      /** The command, like `update`. */
      operation: z.string(),
      /** When it ended, ISO 8601 in UTC. */
      at: z.string(),
      /** Why it failed; null if it did not. */
      error: z
        .object({
          /** Identifies the error for programs. */
          code: z.string(),
          /** What happened, in sentences. */
          message: z.string(),
        })
        .nullable(),
    })
    .nullable(),
});

export type StatusView = z.infer<typeof statusViewSchema>;

const PROPERTIES = [
  'Id',
  'ActiveState',
  'StateChangeTimestamp',
  'MainPID',
  'InvocationID',
  'MemoryCurrent',
  'CPUUsageNSec',
  'TasksCurrent',
] as const;

/**
 * The status of all containers, by name. Starts three processes for any number of containers, and does not query the
 * init of a container.
 */
export async function statusOfAll(options: OperationOptions = {}): Promise<StatusView[]> {
  return await withKnownErrors(async () => {
    const { layout } = operationContext(options);
    return statusOf(await findContainers(layout), options);
  });
}

/** The disk space that it uses, which is slow to count. */
export type Sizes = Pick<StatusView, 'state_size' | 'closure_size'>;

/**
 * The status of one container, including the failed units inside and the disk space that it uses. The caller can pass
 * the disk space if it is already known.
 *
 * @throws NspawnError `no-such-container`
 */
export async function statusOfOne(
  request: { name: string; sizes?: Sizes | undefined },
  options: OperationOptions = {},
): Promise<StatusView> {
  return await withKnownErrors(async () => {
    const name = containerName(request.name);
    const { layout, signal, listener } = await lookingContext(options, name, 'status');
    const container = await requireContainer(layout, name);
    const [[view], sizes] = await Promise.all([
      statusOf([container], options, name),
      request.sizes ?? sizesOf(container, { signal, listener }),
    ]);
    if (view === undefined) throw noSuchContainer(name);
    const isUp = view.state === 'running' && view.service_state === 'active';
    const { state_size, closure_size } = sizes;
    const failed_units = isUp ? await failedIfAnswered(name, signal) : null;
    const hidden = Object.entries({ failed_units: isUp ? failed_units : [], state_size, closure_size })
      .filter(([, value]) => value === null && process.geteuid?.() !== 0)
      .map(([field]) => field);
    return {
      ...view,
      state_size,
      closure_size,
      failed_units,
      needs_root: [...view.needs_root, ...hidden],
    };
  });
}

/** Null if the container is just shutting down, or does not answer. */
async function failedIfAnswered(name: string, signal: AbortSignal): Promise<string[] | null> {
  try {
    return await failedUnits(name, { signal });
  } catch (error) {
    if (isCommandFailure(error)) return null;
    throw error;
  }
}

async function sizesOf({ places }: Container, context: Pick<Context, 'signal' | 'listener'>): Promise<Sizes> {
  const closure = (await readProfile(places.profile)).current?.path;
  const [state, closures] = await Promise.all([
    treeSize(places.stateDir, { signal: context.signal }),
    closure === undefined ? null : sizesIfTold(places.name, [closure], context),
  ]);
  return { state_size: state, closure_size: closures?.get(closure ?? '') ?? null };
}

async function statusOf(
  containers: readonly Container[],
  options: OperationOptions,
  name: string | null = null,
): Promise<StatusView[]> {
  const { layout, signal } = operationContext(options);
  const [all, machines, logged, units] = await Promise.all([
    name === null ? containers : findContainers(layout),
    listMachines({ signal }),
    layout.root === '/' ? lastOperations(name, { signal }) : new Map<string, LoggedOperation>(),
    showUnits(
      containers.map(({ places }) => places.service),
      PROPERTIES,
      { signal },
    ),
  ]);
  const running = byName(machines);
  const orders = ordersOf(all);
  const earlier = ({ unit, container }: Settings['after'][number]): EarlierView => ({
    unit,
    container,
    state:
      container === null
        ? null
        : running.has(container)
          ? 'running'
          : orders.has(container)
            ? 'stopped'
            : 'missing',
  });
  return Promise.all(
    containers.map(async (container, index): Promise<StatusView> => {
      const unit = units[index] ?? new Map<string, string>();
      const machine = running.get(container.name) ?? null;
      const [profile, seen, system, live, credentials] = await Promise.all([
        readProfile(container.places.profile),
        seeRecord(container.places.record),
        machine === null ? null : supervisedSystem(Number(unit.get('MainPID') ?? 0)),
        name === null || layout.root !== '/' ? null : livePorts(container, machine, signal),
        compareCredentials(
          container.settings?.credentials ?? [],
          name === null || layout.root !== '/' ? null : (machine?.leader ?? null),
          { signal },
        ),
      ]);
      const record = seen.record !== null && describesProfile(seen.record, profile) ? seen.record : null;
      const runs =
        system === null
          ? null
          : (await generationsOf(system, unit.get('InvocationID') ?? '', container.places, profile)).current;
      const { current } = profile;
      const cpu = numberOf(unit.get('CPUUsageNSec'));
      return {
        ...containerView(container, running, seen.problem),
        service_state: unit.get('ActiveState') ?? 'inactive',
        since: timeOf(unit.get('StateChangeTimestamp')),
        newest_generation: profile.newest?.number ?? null,
        running_generation: runs?.generation ?? null,
        outdated:
          runs === null || current === null ? null : runs.isSpecialised || runs.closure !== current.path,
        source: record?.source ?? null,
        presets: record?.presets.map(({ name }) => name) ?? [],
        ports: (container.settings?.forwardPorts ?? []).map(({ protocol, hostPort, containerPort }) => ({
          protocol,
          host_port: hostPort,
          container_port: containerPort ?? hostPort,
          forwarded: live === null ? null : live.has(`${protocol} ${hostPort}`),
        })),
        requires: (container.settings?.requires ?? []).map(earlier),
        wants: (container.settings?.wants ?? []).map(earlier),
        after: (container.settings?.after ?? []).map(earlier),
        required_by: dependentsOf(container.name, orders),
        credentials: credentials.map(({ id, path, changed }) => ({ id, path, changed })),
        failed_units: null,
        memory: numberOf(unit.get('MemoryCurrent')),
        cpu_seconds: cpu === null ? null : cpu / 1e9,
        tasks: numberOf(unit.get('TasksCurrent')),
        state_size: null,
        closure_size: null,
        needs_root: [
          ...(seen.isClosed ? ['source', 'presets'] : []),
          ...(machine !== null && runs === null && process.geteuid?.() !== 0
            ? ['running_generation', 'outdated']
            : []),
          ...(name !== null && machine !== null && areHidden(credentials) ? ['credentials'] : []),
        ],
        last_operation: lastOperation(record, logged.get(container.name)),
      };
    }),
  );
}

/** Whether another user than root asks about credentials, of which only root can see the content. */
const areHidden = (credentials: readonly ComparedCredential[]) =>
  process.geteuid?.() !== 0 && credentials.some(({ changed }) => changed === null);

/**
 * The entry in the journal or the one in the record, whichever is later. The record contains only successful operations.
 * The journal can be missing or belong to another host.
 */
function lastOperation(
  record: ContainerRecord | null,
  logged: LoggedOperation | undefined,
): StatusView['last_operation'] {
  if (record !== null && (logged === undefined || record.lastOperation.at > logged.at))
    return { ...record.lastOperation, error: null };
  if (logged === undefined) return null;
  const { operation, at, error } = logged;
  return { operation, at, error };
}

/** systemd prints `[not set]` for what is not counted. Older versions print the largest 64-bit number. */
function numberOf(text: string | undefined): number | null {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** Parses a time like `@1795608744`, from --timestamp=unix. */
function timeOf(text: string | undefined): string | null {
  const seconds = /^@(\d+)$/.exec(text ?? '')?.[1];
  return seconds === undefined ? null : new Date(Number(seconds) * 1000).toISOString();
}
