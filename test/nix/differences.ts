export const WHOLE_FILE = 'the whole file';

/** A line that only the files of one tool contain, and why. */
export interface Difference {
  file: RegExp;
  /** In the form of `canonical`, or a path in a JSON document. WHOLE_FILE: only this project creates the file. */
  line: RegExp | typeof WHOLE_FILE;
  /** A description as Markdown. */
  what: string;
  why: string;
}

/** The differences from the output of the Python tool for the same settings, for docs/nix-differences.md. */
export const differences: readonly Difference[] = [
  {
    file: /overrides\.conf$/,
    line: /^\[(Unit|Service)\] X-(Restart-Triggers|Reload-Triggers|ReloadIfChanged|RestartIfChanged)=/,
    what: '`X-Restart-Triggers=`, `X-Reload-Triggers=`, `X-ReloadIfChanged=`, `X-RestartIfChanged=` of the service',
    why: 'A switch of the host restarts a container for some changes and reloads it for others, so there are two triggers. An imperative container has no triggers, because the command compares generations itself. Its template prevents a switch of the host from restarting it.',
  },
  {
    file: /service-overrides\.conf$/,
    line: /^\[Service\] Environment="(LOCALE_ARCHIVE|TZDIR)=/,
    what: '`Environment=` of an imperative container’s service: no `LOCALE_ARCHIVE`, no `TZDIR`',
    why: 'The Python tool takes them from the global environment of a NixOS that is not the host. The real host has its own values.',
  },
  {
    file: /service-overrides\.conf$/,
    line: /^\[Service\] ExecReload=/,
    what: '`ExecReload=` of an imperative container: `systemd-run` without a store path',
    why: 'The host’s own systemd runs the container. The systemd in the container’s closure can have another version.',
  },
  {
    file: /^overrides\.conf$/,
    line: /^\[Service\] ExecReload=/,
    what: '`ExecReload=` of a declarative container: a script that reads the system from `/etc`',
    why: 'The unit does not contain the path of the container’s system. Otherwise, each new system would change the unit, and NixOS would restart the container even if a reload is sufficient.',
  },
  {
    file: /overrides\.conf$/,
    line: /^\[Service\] ExecStart=.*systemd-nspawn .*--load-credential/,
    what: '`ExecStart=` with credentials: `--link-journal=try-guest` and `-U` are kept',
    why: 'The replaced command line keeps all options of systemd’s template.',
  },
  {
    file: /^overrides\.conf$/,
    line: /^\[Unit\] (After|PartOf|BindsTo|Requires|Wants)=nixos-nspawn-.*\.target$/,
    what: 'a target `nixos-nspawn-NAME.target` for each declarative container',
    why: 'When a switch of the host removes the declaration, the container stops with the target. With the Python tool, it keeps running.',
  },
  {
    file: /overrides\.conf$/,
    line: /^\[Unit\] RequiresMountsFor=/,
    what: '`RequiresMountsFor=` for the sources of bind mounts',
    why: 'If a container starts before a file system is mounted, it uses the empty directory below the mount point instead.',
  },
  {
    file: /\.nspawn$/,
    line: /^\[Files\] (BindReadOnly|OverlayReadOnly)=.*\/nix\/(store|var\/nix\/(db|profiles))(:|$)/,
    what: '`OverlayReadOnly=` instead of `BindReadOnly=` for the store, with Nix’s database and without the profiles',
    why: 'Root of the container can make a bind mount writable. With a writable store and without the database, a garbage collection in the container would delete the host’s whole store. See the [security model](./security#the-nix-store).',
  },
  {
    file: /\.nspawn$/,
    line: /^\[Exec\] LinkJournal=(try-)?guest$/,
    what: '`LinkJournal=try-guest`',
    why: 'systemd’s own template uses it. With `guest`, the container does not start if the journal’s directory on the host is not empty.',
  },
  {
    file: /\.nspawn$/,
    line: /^\[Exec\] Timezone=off$/,
    what: '`Timezone=off`',
    why: 'The container’s configuration sets the time zone. Otherwise, systemd-nspawn mounts the host’s time zone over it.',
  },
  {
    file: /\.nspawn\.systemd-261$/,
    line: WHOLE_FILE,
    what: 'a second `.nspawn` file in the closure of an imperative container, for systemd 261 and newer',
    why: 'It permits all [socket address families](./security#socket-address-families), or those of `restrictAddressFamilies`. Older versions log a warning about the key.',
  },
  {
    file: /\.network$/,
    line: /^\[DHCPServer\] PersistLeases=runtime$/,
    what: '`PersistLeases=runtime` is not set',
    why: 'systemd 256 and 257 do not support the value and ignore the line. The option `persistLeases` sets `PersistLeases=`.',
  },
  {
    file: /^host0\.network$/,
    line: /^\[DHCPv4\] UseTimezone=true$/,
    what: '`UseTimezone=true` for `host0`',
    why: 'systemd’s own file for `host0` contains it. The Python tool tries to set it with an option that NixOS has removed.',
  },
  {
    file: /^host0\.network$/,
    line: /^\[DHCPv4\] (ClientIdentifier=mac|SendRelease=false)$/,
    what: '`ClientIdentifier=mac` and `SendRelease=false` for `host0`, except at a bridge',
    why: 'The container keeps its address when it restarts. With systemd 258 and newer on the host, it would otherwise get another one.',
  },
  {
    file: /^data\.json$/,
    line: /^(schema|name|after|wants|requires|binds|capabilities|devices|environment|extraVeths|hostDefaults|hostNetworks|interfaces|limits|linkJournal|macAddress|networkNamespace|noNewPrivileges|persistLeases|plugins|presets|privateUsers|resolvConf|tmpfs|volatile|resources|restartKey|restrictAddressFamilies|timeoutStartSec|activation\.onCredentialChange|credentials\.\d+\.encrypted)[.=]/,
    what: 'additional fields in `data.json`',
    why: 'The existing fields keep their names and meanings.',
  },
  {
    file: /^data\.json$/,
    line: /^activation\.strategy[.=]/,
    what: '`activation.strategy` of an imperative container is `dynamic` by default',
    why: 'Both kinds of containers have the same default.',
  },
];

const cell = (text: string) => text.replaceAll('|', '\\|');

/** The page of the manual. */
export function differencesPage(): string {
  const rows = differences.map(({ what, why }) => `| ${cell(what)} | ${cell(why)} |`);
  return `# Units: differences from the Python tool

For the same settings, both tools write the same \`.nspawn\` files, service drop-ins, \`.network\` files and
\`data.json\`, except for the differences in this table. The table is generated from a test (\`test/nix\`) that compares the
files line by line. The test fails if there is any other difference, or if one of these no longer exists.

| what differs | why |
|---|---|
${rows.join('\n')}

## Settings that are refused or completed

| settings | why |
|---|---|
| \`zone\` or \`bridge\` together with \`hostNetworkConfig\` | the link has no address on the host. The Python tool silently ignores \`hostNetworkConfig\` of an imperative container |
| \`zone\` together with \`bridge\` | a link can be in only one of them |
| a port of the host, or a path of the container, that is used twice | one of the two uses would have no effect |
| a bind mount with \`idmap\` while \`userNamespacing\` is off | systemd-nspawn does not start, because there are no user IDs to map to |
| \`system.etc.overlay.enable\` together with \`userNamespacing\` | the kernel cannot mount the image of \`/etc\` (EROFS) in a user namespace, so the container would have no \`/etc\` |
| \`system.etc.overlay.enable\` with an older NixOS that mounts it in an initrd, such as that of March 2025 | a container has no initrd, so it would have no \`/etc\` |
| a device in \`bindMounts\` without a permission to use it | each use of it in the container would fail. The option \`devices\` mounts and permits it |
| port 0, names that systemd does not accept, paths that are not absolute or contain a line break | the container would not start, or would start with other settings |
| a line break in \`hostNetworkConfig\`, \`containerNetworkConfig\` or a zone, except in \`extraConfig\` | networkd would read the rest as further keys and sections |
| \`systemd.network.networks."20-ve-NAME"\` while \`hostNetworkConfig\` is \`null\` | the file gets the \`[Match]\` section of the container's link. The Python tool writes no such section, and networkd then applies the file to every interface |

## Examples that are written differently

| example of the Python tool's manual | why |
|---|---|
| migration, before: \`containers.mycontainer\` has \`privateNetwork = true\` | \`hostAddress\` and \`localAddress\` have no effect without it |
| installation: \`nixosConfigurations\` | the Python tool's manual contains \`nixsConfigurations\`, which \`nixos-rebuild\` ignores |
`;
}
