import type { Machine } from './tool.js';

/** The settings of a container, with the variables that `nixos-container create` writes. */
export const CONF = (number: number, more: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    PRIVATE_NETWORK: '1',
    HOST_ADDRESS: `10.233.${number}.1`,
    LOCAL_ADDRESS: `10.233.${number}.2`,
    HOST_BRIDGE: '',
    HOST_PORT: '',
    AUTO_START: '0',
    ...more,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

/** What `nixos-container` writes to a container's configuration.nix. */
export const CONFIGURATION = (name: string, more = '') => `{ config, lib, pkgs, ... }:

with lib;

{ boot.isContainer = true;
  networking.hostName = mkDefault "${name}";
  networking.useDHCP = false;
  ${more}
}
`;

export interface OldContainerOptions {
  name: string;
  /** The text of its settings. */
  conf: string;
  /** The text of its configuration.nix; none by default. */
  configuration?: string;
  /** The closure of its profile. */
  closure: string;
  /** Whether its files are at the places of NixOS before 22.05. */
  isOlder?: boolean;
}

/** Makes a container as nixpkgs' `nixos-container` does: its settings, its root and its profile. It does not start it. */
export async function makeOldContainer(
  host: Machine,
  { name, conf, configuration, closure, isOlder = false }: OldContainerOptions,
): Promise<void> {
  const prefix = isOlder ? '' : 'nixos-';
  const root = `/var/lib/${prefix}containers/${name}`;
  const profiles = '/nix/var/nix/profiles/per-container';
  const shell = (script: string) => host.run(['sh', '-euc', script]);
  await shell(
    `mkdir -p -m 700 /var/lib/${prefix}containers ${profiles}; mkdir -p ${root} ${profiles}/${name}`,
  );
  await host.writeFile(`/etc/${prefix}containers/${name}.conf`, conf);
  if (configuration !== undefined) await host.writeFile(`${root}/etc/nixos/configuration.nix`, configuration);
  await host.run(['nix-env', '--profile', `${profiles}/${name}/system`, '--set', closure]);
}

/**
 * Makes the unit of NixOS's module `containers` (nixos/modules/virtualisation/nixos-containers.nix in nixpkgs): the same
 * names, variables and options, and the network that its scripts set up.
 */
export async function makeOldUnit(host: Machine, { isOlder = false } = {}): Promise<void> {
  const prefix = isOlder ? '' : 'nixos-';
  const scripts = '/usr/local/lib/old-containers';
  const write = (file: string, text: string) => host.writeFile(`${scripts}/${file}`, text, 0o755);
  await write('remove-links', `#!/bin/sh\nip link del dev "ve-$INSTANCE" 2>/dev/null || true\n`);
  await write('start', START);
  await write('add-addresses', ADD_ADDRESSES);
  await write('init', INIT);
  await host.writeFile(
    '/etc/systemd/system/container@.service',
    `[Unit]
Description=Container '%i'
RequiresMountsFor=/var/lib/${prefix}containers/%i

[Service]
Type=notify
Environment=root=/var/lib/${prefix}containers/%i INSTANCE=%i
EnvironmentFile=-/etc/${prefix}containers/%i.conf
ExecStartPre=${scripts}/remove-links
ExecStart=${scripts}/start
ExecStartPost=${scripts}/add-addresses
SyslogIdentifier=container %i
Restart=on-failure
RestartForceExitStatus=133
SuccessExitStatus=133
TimeoutStartSec=1min
Slice=machine.slice
Delegate=yes
KillMode=mixed
KillSignal=TERM
DevicePolicy=closed
`,
  );
  // The daemon of Nix makes it.
  await host.run(['mkdir', '-p', '/nix/var/nix/daemon-socket']);
  await host.run(['systemctl', 'daemon-reload']);
}

const START = `#!/bin/sh -e
mkdir -p -m 0755 "$root/etc" "$root/var/lib"
mkdir -p -m 0700 "$root/var/lib/private" "$root/root"
[ -e "$root/etc/os-release" ] || : >"$root/etc/os-release"
[ -e "$root/etc/machine-id" ] || : >"$root/etc/machine-id"
mkdir -p -m 0755 "/nix/var/nix/profiles/per-container/$INSTANCE" "/nix/var/nix/gcroots/per-container/$INSTANCE"
cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"
# systemd-nspawn expects a /usr.
mkdir -p "$root/usr"
set --
[ "$PRIVATE_NETWORK" != 1 ] || set -- --private-network
[ -z "$HOST_ADDRESS$LOCAL_ADDRESS" ] || set -- "$@" --network-veth
for port in $(echo "$HOST_PORT" | tr , ' '); do set -- "$@" "--port=$port"; done
[ -z "$HOST_BRIDGE" ] || set -- "$@" "--network-bridge=$HOST_BRIDGE"
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
# The fixture's own shell, which is in the store.
shell=$(head -n 1 "\${SYSTEM_PATH:-/nix/var/nix/profiles/per-container/$INSTANCE/system}/init" | cut -c 3-)
exec systemd-nspawn --keep-unit -M "$INSTANCE" -D "$root" "$@" $EXTRA_NSPAWN_FLAGS \\
  --notify-ready=yes --kill-signal=SIGRTMIN+3 \\
  --bind-ro=/nix/store --bind-ro=/nix/var/nix/db --bind-ro=/nix/var/nix/daemon-socket \\
  --bind="/nix/var/nix/profiles/per-container/$INSTANCE:/nix/var/nix/profiles" \\
  --bind="/nix/var/nix/gcroots/per-container/$INSTANCE:/nix/var/nix/gcroots" \\
  --link-journal=try-guest \\
  --bind-ro=/usr/local/lib/old-containers:/mnt \\
  --setenv HOST_ADDRESS="$HOST_ADDRESS" --setenv LOCAL_ADDRESS="$LOCAL_ADDRESS" --setenv PATH="$PATH" \\
  --setenv BUSYBOX="\${shell%/sh}/busybox" "$shell" /mnt/init \\
  "\${SYSTEM_PATH:-/nix/var/nix/profiles/system}/init"
`;

const ADD_ADDRESSES = `#!/bin/sh -e
[ -n "$HOST_ADDRESS$LOCAL_ADDRESS" ] && [ -z "$HOST_BRIDGE" ] || exit 0
ip link set dev "ve-$INSTANCE" up
[ -z "$HOST_ADDRESS" ] || ip addr add "$HOST_ADDRESS" dev "ve-$INSTANCE"
[ -z "$LOCAL_ADDRESS" ] || ip route add "$LOCAL_ADDRESS" dev "ve-$INSTANCE"
`;

/** Configures the link from inside, and then boots. */
const INIT = `if [ -n "$HOST_ADDRESS$LOCAL_ADDRESS" ]; then
  $BUSYBOX ip link set host0 name eth0
  $BUSYBOX ip link set dev eth0 up
  [ -z "$LOCAL_ADDRESS" ] || $BUSYBOX ip addr add "$LOCAL_ADDRESS" dev eth0
  [ -z "$HOST_ADDRESS" ] || { $BUSYBOX ip route add "$HOST_ADDRESS" dev eth0; $BUSYBOX ip route add default via "$HOST_ADDRESS"; }
fi
exec "$1"
`;
