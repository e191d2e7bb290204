import * as z from 'zod';
import { strategies } from './strategy.js';

const port = z.int().min(0).max(65535);

const activation = z.looseObject({
  autoStart: z.boolean().default(true),
  strategy: z.enum(strategies).default('restart'),
  reloadScript: z.string().nullable().default(null),
});

const forwardPort = z.looseObject({
  hostPort: port,
  containerPort: port.nullable().default(null),
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
});

/**
 * What a container's closure says of it: `nixos-nspawn/data.json`, written by nix/units.
 *
 * Fields that are absent take the value that the Python tool assumes for containers that
 * predate them; fields that nobody knows are kept as they are.
 */
export const settingsSchema = z.looseObject({
  declarative: z.boolean().default(true),
  activation: activation.prefault({}),
  bindMounts: z.array(z.string()).default([]),
  forwardPorts: z.array(forwardPort).default([]),
  credentials: z.array(z.looseObject({ id: z.string(), path: z.string() })).default([]),
  zone: z.string().nullable().default(null),
  bridge: z.string().nullable().default(null),
  ephemeral: z.boolean().default(false),
  sharedNix: z.boolean().default(true),
  userNamespacing: z.boolean().default(false),
  plugins: z.record(z.string(), z.unknown()).default({}),
});

export type Settings = z.infer<typeof settingsSchema>;

/**
 * The host's side of each bind mount, in order: `/host:/container[:options]`, where `\:` is a
 * colon of the path and a leading `+` means a path in the container (systemd.nspawn(5), Bind=).
 */
export function bindSources(settings: Settings): string[] {
  return settings.bindMounts
    .map((mount) => splitColons(mount)[0] ?? '')
    .filter((source) => source !== '' && !source.startsWith('+'));
}

const createdBind = z.looseObject({ hostPath: z.string(), create: z.literal(true) });

/** Those of the host's sides that the container's service makes itself before each start. */
export function createdSources({ binds }: Settings): string[] {
  if (!Array.isArray(binds)) return [];
  return binds.flatMap((bind: unknown) => {
    const created = createdBind.safeParse(bind);
    return created.success ? [created.data.hostPath] : [];
  });
}

function splitColons(text: string): string[] {
  return text.split(/(?<!\\):/).map((part) => part.replace(/\\([:\\])/g, '$1'));
}
