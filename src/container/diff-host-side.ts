import { isPattern } from './devices.js';
import { orderChanges } from './diff-order.js';
import type { HostSideChange } from './host-side-change.js';
import type { Settings } from './settings.js';
import { compareUnitFiles, type KeyChange, type UnitFile } from './unit-file.js';

/** What a generation needs from the host: its settings, and the files that systemd reads there. */
export interface HostSide {
  settings: Settings;
  /** The .nspawn file. */
  unit: UnitFile;
  /** The service's drop-in. */
  dropIn: UnitFile;
  /** The .network files by name. */
  networks: ReadonlyMap<string, UnitFile>;
}

/** Names to show for keys whose own name would be unclear to a reader. */
const NOUNS: Readonly<Record<string, string>> = {
  'Exec.Capability': 'Additional capability',
  'Exec.DropCapability': 'Dropped capability',
  'Exec.Ephemeral': 'Ephemeral state',
  'Exec.Environment': 'Environment variable',
  'Exec.LinkJournal': 'Journal on the host',
  'Exec.NoNewPrivileges': 'Refusal of new privileges',
  'Exec.PrivateUsers': 'User namespace',
  'Exec.ResolvConf': 'Source of /etc/resolv.conf',
  'Exec.RestrictAddressFamilies': 'Permitted socket address families',
  'Exec.Timezone': 'Time zone',
  'Exec.SystemCallFilter': 'System call filter',
  'Files.Bind': 'Bind mount',
  'Files.BindReadOnly': 'Read-only bind mount',
  'Files.OverlayReadOnly': 'Read-only overlay',
  'Files.PrivateUsersOwnership': 'Ownership of files in the user namespace',
  'Files.TemporaryFileSystem': 'Temporary file system',
  'Files.Volatile': 'Volatile root',
  'Network.Bridge': 'Bridge',
  'Network.Interface': 'Interface of the host',
  'Network.Port': 'Forwarded port',
  'Network.Private': 'Private network',
  'Network.VirtualEthernet': 'Virtual Ethernet link',
  'Network.VirtualEthernetExtra': 'Extra Ethernet link',
  'Network.Zone': 'Zone',
  'Service.CPUQuota': 'CPU quota',
  'Service.CPUWeight': 'CPU weight',
  'Service.DeviceAllow': 'Permission for devices',
  'Service.Environment': 'Environment variable of the service',
  'Service.IOWeight': 'I/O weight',
  'Service.MemoryHigh': 'Memory throttling limit',
  'Service.MemoryMax': 'Memory limit',
  'Service.TasksMax': 'Task limit',
  'Service.TimeoutStartSec': 'Start timeout',
  'Unit.RequiresMountsFor': 'Required mount',
};

/** Keys with values that are added and removed independently of each other. */
const LISTS = new Set([
  'Exec.Capability',
  'Exec.DropCapability',
  'Exec.Environment',
  'Files.Bind',
  'Files.BindReadOnly',
  'Files.OverlayReadOnly',
  'Files.TemporaryFileSystem',
  'Network.Interface',
  'Network.Port',
  'Network.VirtualEthernetExtra',
  'Service.DeviceAllow',
  'Service.Environment',
  'Unit.RequiresMountsFor',
]);

/**
 * Keys whose changes are not shown here: command lines and restart triggers, which contain store paths of the generation,
 * and credentials and optional devices, which are compared as settings.
 */
const TOLD_ELSEWHERE = new Set([
  'Exec.Parameters',
  'Service.EnvironmentFile',
  'Service.ExecReload',
  'Service.ExecStart',
  'Service.LoadCredentialEncrypted',
  'Service.RuntimeDirectory',
  'Service.UnsetEnvironment',
  'Service.X-Restart-Triggers',
  // In diff-order.ts.
  'Unit.After',
  'Unit.Requires',
  'Unit.Wants',
  'Unit.X-Restart-Triggers',
]);

/** Lists everything that changes on the host between two generations, in words. */
export function hostSideChanges(before: HostSide, after: HostSide): HostSideChange[] {
  return [
    ...settingChanges(before.settings, after.settings),
    ...unitChanges(before.unit, after.unit),
    ...orderChanges(before.dropIn, after.dropIn),
    ...unitChanges(before.dropIn, after.dropIn),
    ...networkChanges(before.networks, after.networks),
  ];
}

function unitChanges(before: UnitFile, after: UnitFile): HostSideChange[] {
  return compareUnitFiles(withoutStorePaths(before), withoutStorePaths(after))
    .filter(({ section, key }) => !TOLD_ELSEWHERE.has(`${section}.${key}`))
    .flatMap(keyChanges);
}

function keyChanges({ section, key, before, after }: KeyChange): HostSideChange[] {
  const setting = `${section}.${key}`;
  const noun = NOUNS[setting] ?? `${key}= of [${section}]`;
  if (!LISTS.has(setting)) return [{ setting, before, after, text: changeText(noun, before, after) }];
  const [gone, come] = [without(before, after), without(after, before)];
  if (gone.length + come.length === 0)
    return [{ setting, before, after, text: `${noun}: the order changed.` }];
  return [
    ...gone.map((value) => ({ setting, before: [value], after: [], text: `${noun} ${value} removed.` })),
    ...come.map((value) => ({ setting, before: [], after: [value], text: `${noun} ${value} added.` })),
  ];
}

function networkChanges(
  before: ReadonlyMap<string, UnitFile>,
  after: ReadonlyMap<string, UnitFile>,
): HostSideChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name): HostSideChange[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === undefined) return [whole(name, false, true, `Network unit ${name} added.`)];
    if (is === undefined) return [whole(name, true, false, `Network unit ${name} removed.`)];
    return compareUnitFiles(was, is).map((change) => ({
      setting: `${name} ${change.section}.${change.key}`,
      before: change.before,
      after: change.after,
      text: changeText(
        `Network unit ${name}: ${change.key}= of [${change.section}]`,
        change.before,
        change.after,
      ),
    }));
  });
}

/**
 * Changes that systemd's files do not show: the tool's own settings, and credentials, which are hidden in a command
 * line.
 */
function settingChanges(before: Settings, after: Settings): HostSideChange[] {
  const changes: HostSideChange[] = [];
  const [was, is] = [before.activation, after.activation];
  if (was.autoStart !== is.autoStart) {
    const text = is.autoStart ? 'Starts when the host boots.' : 'No longer starts when the host boots.';
    changes.push({
      setting: 'activation.autoStart',
      before: [`${was.autoStart}`],
      after: [`${is.autoStart}`],
      text,
    });
  }
  const single = (setting: string, noun: string, old: string | null, fresh: string | null) => {
    const [a, b] = [old === null ? [] : [old], fresh === null ? [] : [fresh]];
    if (old !== fresh) changes.push({ setting, before: a, after: b, text: changeText(noun, a, b) });
  };
  single('activation.strategy', 'Activation strategy', was.strategy, is.strategy);
  single('activation.reloadScript', 'Reload script', was.reloadScript, is.reloadScript);
  single('macAddress', 'MAC address', before.macAddress, after.macAddress);
  single('networkNamespace', 'Network namespace', before.networkNamespace, after.networkNamespace);
  single(
    'activation.onCredentialChange',
    'Reaction to changed credentials',
    was.onCredentialChange,
    is.onCredentialChange,
  );
  for (const [setting, old, fresh] of joined(defaults(before), defaults(after)))
    single(`hostDefaults.${setting}`, `Default of the host for ${setting}`, old, fresh);
  for (const [id, old, fresh] of joined(credentials(before), credentials(after)))
    single(`credentials.${id}`, `Credential ${id}`, old, fresh);
  for (const [path, old, fresh] of joined(foundDevices(before), foundDevices(after)))
    single(`devices.${path}`, `Device ${path}`, old, fresh);
  for (const [name, old, fresh] of joined(plugins(before), plugins(after)))
    single(`plugins.${name}`, `Settings of the plugin ${name}`, old, fresh);
  return changes;
}

const credentials = ({ credentials: all }: Settings) => new Map(all.map(({ id, path }) => [id, path]));
/** The devices that are mounted only if the host has them. The .nspawn file contains the others. */
const foundDevices = ({ devices }: Settings) =>
  new Map(
    devices.flatMap(({ path, optional }): [string, string][] =>
      path === null || !(optional || isPattern(path)) ? [] : [[path, optional ? 'optional' : 'required']],
    ),
  );
const plugins = ({ plugins: all }: Settings) =>
  new Map(Object.entries(all).map(([name, value]) => [name, JSON.stringify(value)]));

/** The defaults of the host by option, as JSON. Groups of options are shown by their single options. */
const defaults = ({ hostDefaults }: Settings) =>
  new Map(
    Object.entries(hostDefaults).flatMap(([name, value]) =>
      isGroup(value)
        ? Object.entries(value).map(([key, entry]): [string, string] => [`${name}.${key}`, shown(entry)])
        : [[name, shown(value)] as [string, string]],
    ),
  );

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function joined(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): [string, string | null, string | null][] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((key) => [key, before.get(key) ?? null, after.get(key) ?? null]);
}

function changeText(noun: string, before: readonly string[], after: readonly string[]): string {
  const [was, is] = [before.join(', '), after.join(', ')];
  if (before.length === 0) return `${noun} set to ${is}.`;
  if (after.length === 0) return `${noun} no longer set (was ${was}).`;
  return `${noun} changed from ${was} to ${is}.`;
}

const whole = (setting: string, before: boolean, after: boolean, text: string): HostSideChange => ({
  setting,
  before: before ? [setting] : [],
  after: after ? [setting] : [],
  text,
});

const without = (values: readonly string[], others: readonly string[]) =>
  values.filter((value) => !others.includes(value));

/** Commands name programs by store paths, which change with every update of nixpkgs without a change in meaning. */
function withoutStorePaths(file: UnitFile): UnitFile {
  return new Map(
    [...file].map(([section, keys]) => [
      section,
      new Map(
        [...keys].map(([key, values]) => [
          key,
          key.startsWith('Exec') ? values.map((value) => value.replace(STORE_PATH, '/nix/store/…')) : values,
        ]),
      ),
    ]),
  );
}

const STORE_PATH = /\/nix\/store\/[^\s"';]+/g;
