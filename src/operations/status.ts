import * as z from 'zod';
import { containerName } from '../container/name.js';
import { noSuchContainer } from '../error-catalog.js';
import { readProfile } from '../host/generations.js';
import { type Found, findContainer, findContainers } from '../host/inventory.js';
import { readRecord } from '../host/record.js';
import { supervisedSystem } from '../host/running-system.js';
import { sourceSchema } from '../nix/source.js';
import { failedUnits } from '../systemd/inside.js';
import { listMachines } from '../systemd/machinectl.js';
import { showUnits } from '../systemd/systemctl.js';
import { byName, containerView, containerViewSchema } from './container-view.js';
import { lookingContext, type OperationOptions, operationContext } from './context.js';

export const statusViewSchema = containerViewSchema.extend({
  /** systemd's word for the service: `active`, `inactive`, `failed`, `activating`, … */
  service_state: z.string(),
  /** Since when the service is in that state, ISO 8601 in UTC; null where systemd does not know. */
  since: z.string().nullable(),
  /** Number of the newest generation of the profile. */
  newest_generation: z.int().nullable(),
  /** Number of the generation that runs; null where none does, or the container does not say. */
  running_generation: z.int().nullable(),
  /** Whether something else runs than a restart would boot; null where that is not known. */
  outdated: z.boolean().nullable(),
  source: sourceSchema.nullable(),
  presets: z.array(z.string()),
  ports: z.array(z.object({ protocol: z.string(), host_port: z.int(), container_port: z.int() })),
  /** Failed units inside a running container; null where they were not asked for, or it does not answer. */
  failed_units: z.array(z.string()).nullable(),
  /** Bytes; null where the host does not count them. */
  memory: z.number().nullable(),
  /** Seconds of processor time since its start. */
  cpu_seconds: z.number().nullable(),
  tasks: z.int().nullable(),
  /** The last operation that changed its configuration. */
  last_operation: z.object({ operation: z.string(), at: z.string() }).nullable(),
});

export type StatusView = z.infer<typeof statusViewSchema>;

const PROPERTIES = [
  'Id',
  'ActiveState',
  'StateChangeTimestamp',
  'MainPID',
  'MemoryCurrent',
  'CPUUsageNSec',
  'TasksCurrent',
] as const;

/** How all containers are, by name; starts two processes, however many there are, and asks none of their inits. */
export async function statusOfAll(options: OperationOptions = {}): Promise<StatusView[]> {
  const { layout } = operationContext(options);
  return statusOf(await findContainers(layout), options);
}

/** How one container is, with the failed units inside. @throws NspawnError `no-such-container` */
export async function statusOfOne(
  request: { name: string },
  options: OperationOptions = {},
): Promise<StatusView> {
  const name = containerName(request.name);
  const { layout, signal } = await lookingContext(options, name, 'status');
  const found = await findContainer(layout, name);
  const [view] = found === null ? [] : await statusOf([found], options);
  if (view === undefined) throw noSuchContainer(name);
  if (view.state !== 'running' || view.service_state !== 'active') return view;
  return { ...view, failed_units: await failedUnits(name, { signal }) };
}

async function statusOf(found: readonly Found[], options: OperationOptions): Promise<StatusView[]> {
  const { signal } = operationContext(options);
  const [machines, units] = await Promise.all([
    listMachines({ signal }),
    showUnits(
      found.map(({ places }) => places.service),
      PROPERTIES,
      { signal },
    ),
  ]);
  const running = byName(machines);
  return Promise.all(
    found.map(async (container, index): Promise<StatusView> => {
      const unit = units[index] ?? new Map<string, string>();
      const [profile, record, system] = await Promise.all([
        readProfile(container.places.profile),
        readRecord(container.places.record),
        running.has(container.name) ? supervisedSystem(Number(unit.get('MainPID') ?? 0)) : null,
      ]);
      const at = profile.generations.filter(({ path }) => path === system?.current);
      const runs = at.find(({ number }) => number === profile.current) ?? at.at(-1);
      const current = profile.generations.find(({ number }) => number === profile.current);
      const cpu = numberOf(unit.get('CPUUsageNSec'));
      return {
        ...containerView(container, running),
        service_state: unit.get('ActiveState') ?? 'inactive',
        since: timeOf(unit.get('StateChangeTimestamp')),
        newest_generation: profile.generations.at(-1)?.number ?? null,
        running_generation: runs?.number ?? null,
        outdated:
          system === null || system.current === null || current === undefined
            ? null
            : system.current !== current.path,
        source: record?.source ?? null,
        presets: record?.presets.map(({ name }) => name) ?? [],
        ports: (container.settings?.forwardPorts ?? []).map(({ protocol, hostPort, containerPort }) => ({
          protocol,
          host_port: hostPort,
          container_port: containerPort ?? hostPort,
        })),
        failed_units: null,
        memory: numberOf(unit.get('MemoryCurrent')),
        cpu_seconds: cpu === null ? null : cpu / 1e9,
        tasks: numberOf(unit.get('TasksCurrent')),
        last_operation: record?.lastOperation ?? null,
      };
    }),
  );
}

/** systemd prints `[not set]` for what is not counted, and the greatest number of 64 bits in older versions. */
function numberOf(text: string | undefined): number | null {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** `@1795608744`, of --timestamp=unix. */
function timeOf(text: string | undefined): string | null {
  const seconds = /^@(\d+)$/.exec(text ?? '')?.[1];
  return seconds === undefined ? null : new Date(Number(seconds) * 1000).toISOString();
}
