import * as z from 'zod';
import { strategies } from './strategy.js';
import { type UnitFile, unitValues } from './unit-file.js';

const port = z.int().min(0).max(65535);

const activation = z.looseObject({
  autoStart: z.boolean().default(true),
  strategy: z.enum(strategies).default('dynamic'),
  reloadScript: z.string().nullable().default(null),
  onCredentialChange: z.enum(['none', 'restart']).default('none'),
});

const forwardPort = z.looseObject({
  hostPort: port,
  containerPort: port.nullable().default(null),
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
});

/** A device of the host that the container may use: nix/units/devices.nix. */
const device = z.looseObject({
  /** A path below /dev, whose last part may be a pattern; null if only a class is permitted. */
  path: z.string().nullable().default(null),
  class: z.string().nullable().default(null),
  mode: z.string().default('rw'),
  optional: z.boolean().default(false),
});

export type Device = z.infer<typeof device>;

/** A container or a unit of the host that starts before the container. `container` is null for other units. */
const orderEntry = z.looseObject({ container: z.string().nullable().default(null), unit: z.string() });

const credential = z.looseObject({
  id: z.string(),
  path: z.string(),
  encrypted: z.boolean().default(false),
});

/**
 * The settings in a container's closure: `nixos-nspawn/data.json`, written by nix/units.
 *
 * A missing field gets the value that the Python tool assumes for closures that were built before the field was added.
 * Unknown fields are kept as they are.
 */
export const settingsSchema = z.looseObject({
  declarative: z.boolean().default(true),
  activation: activation.prefault({}),
  after: z.array(orderEntry).default([]),
  wants: z.array(orderEntry).default([]),
  requires: z.array(orderEntry).default([]),
  bindMounts: z.array(z.string()).default([]),
  forwardPorts: z.array(forwardPort).default([]),
  credentials: z.array(credential).default([]),
  devices: z.array(device).default([]),
  zone: z.string().nullable().default(null),
  bridge: z.string().nullable().default(null),
  ephemeral: z.boolean().default(false),
  sharedNix: z.boolean().default(true),
  userNamespacing: z.boolean().default(false),
  privateUsers: z.union([z.string(), z.int()]).nullable().default(null),
  macAddress: z.string().nullable().default(null),
  networkNamespace: z.string().nullable().default(null),
  plugins: z.record(z.string(), z.unknown()).default({}),
  hostDefaults: z.record(z.string(), z.unknown()).default({}),
});

export type Settings = z.infer<typeof settingsSchema>;

/**
 * The host path of each bind mount, in order. The format is `/host:/container[:options]`; `\:` is a literal colon in
 * the path, and a leading `+` marks a path in the container (systemd.nspawn(5), Bind=).
 */
export function bindSources(settings: Settings): string[] {
  return settings.bindMounts
    .map((mount) => splitColons(mount)[0] ?? '')
    .filter((source) => source !== '' && !source.startsWith('+'));
}

const createdBind = z.looseObject({ hostPath: z.string(), create: z.literal(true) });

/** The host paths that the container's service creates before each start. */
export function createdSources({ binds }: Settings): string[] {
  if (!Array.isArray(binds)) return [];
  return binds.flatMap((bind: unknown) => {
    const created = createdBind.safeParse(bind);
    return created.success ? [created.data.hostPath] : [];
  });
}

/** The host paths that a .nspawn file mounts: `Bind=`, `Overlay=` and their read-only forms (systemd.nspawn(5)). */
export function mountedPaths(unit: UnitFile): string[] {
  const values = (key: string) => unitValues(unit, 'Files', key);
  const binds = [...values('Bind'), ...values('BindReadOnly')].map((value) => splitColons(value)[0] ?? '');
  const overlays = [...values('Overlay'), ...values('OverlayReadOnly')].flatMap(overlaySources);
  // An empty source is a fresh directory, and a leading `+` marks a path in the container.
  return [...new Set([...binds, ...overlays])].filter((path) => path.startsWith('/'));
}

/** All parts but the last, which is the path in the container. If there are only two, the second is both. */
function overlaySources(value: string): string[] {
  const parts = splitColons(value);
  return parts.length > 2 ? parts.slice(0, -1) : parts;
}

function splitColons(text: string): string[] {
  return text.split(/(?<!\\):/).map((part) => part.replace(/\\([:\\])/g, '$1'));
}
