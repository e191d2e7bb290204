/** A line that stands in the files of one tool alone, and why. */
export interface Difference {
  file: RegExp;
  /** As `canonical` writes it, or a path into a JSON document. */
  line: RegExp;
  /** For people: what it is about, as Markdown. */
  what: string;
  why: string;
}

/** Where this project's output differs from the Python tool's for the same settings. docs/nix-differences.md shows it. */
export const differences: readonly Difference[] = [
  {
    file: /overrides\.conf$/,
    line: /^\[(Unit|Service)\] X-(Restart-Triggers|Reload-Triggers|ReloadIfChanged|RestartIfChanged)=/,
    what: '`X-Restart-Triggers=`, `X-Reload-Triggers=`, `X-ReloadIfChanged=`, `X-RestartIfChanged=` of the service',
    why: 'A host restarts a container for what takes a restart and reloads it for the rest, so there are two triggers. An imperative container has none: the command compares generations itself, and the template tells the host’s switch to leave it running.',
  },
  {
    file: /service-overrides\.conf$/,
    line: /^\[Service\] Environment="(LOCALE_ARCHIVE|TZDIR)=/,
    what: '`Environment=` of an imperative container’s service: no `LOCALE_ARCHIVE`, no `TZDIR`',
    why: 'They come from the global environment of a NixOS that the Python tool makes up for the host. The real host has its own.',
  },
  {
    file: /service-overrides\.conf$/,
    line: /^\[Service\] ExecReload=/,
    what: '`ExecReload=` of an imperative container: `systemd-run` without a store path',
    why: 'It is the host’s own systemd that runs the container; the one in the container’s closure may be of another version.',
  },
  {
    file: /^overrides\.conf$/,
    line: /^\[Service\] ExecReload=/,
    what: '`ExecReload=` of a declarative container: a script that looks the system up in `/etc`',
    why: 'The unit names no system of the container. Else every new one would change the unit, and NixOS would restart the container where a reload is enough.',
  },
  {
    file: /overrides\.conf$/,
    line: /^\[Service\] ExecStart=.*systemd-nspawn .*--load-credential/,
    what: '`ExecStart=` with credentials: `--link-journal=try-guest` and `-U` are kept',
    why: 'A replaced command line keeps all that systemd’s own has.',
  },
  {
    file: /^overrides\.conf$/,
    line: /^\[Unit\] (After|PartOf|BindsTo|Requires|Wants)=nixos-nspawn-.*\.target$/,
    what: 'a target `nixos-nspawn-NAME.target` for each declarative container',
    why: 'The container stops with it when a switch of the host removes the declaration. The Python tool lets it run on.',
  },
  {
    file: /overrides\.conf$/,
    line: /^\[Unit\] RequiresMountsFor=/,
    what: '`RequiresMountsFor=` for the sources of bind mounts',
    why: 'A container that starts before a file system is mounted would see, and fill, the empty directory beneath it.',
  },
  {
    file: /\.nspawn$/,
    line: /^\[Files\] (BindReadOnly|OverlayReadOnly)=.*\/nix\/(store|var\/nix\/(db|profiles))(:|$)/,
    what: '`OverlayReadOnly=` in place of `BindReadOnly=` for the store, with Nix’s database and without the profiles',
    why: 'A container’s root can make a bind mount writable, and without the database its Nix deletes the host’s store as garbage. The [security model](./security#the-nix-store) has the whole of it.',
  },
  {
    file: /\.nspawn$/,
    line: /^\[Exec\] LinkJournal=(try-)?guest$/,
    what: '`LinkJournal=try-guest`',
    why: 'It is what systemd’s own template has. `guest` refuses to start where the journal’s directory on the host holds something already.',
  },
  {
    file: /\.nspawn$/,
    line: /^\[Exec\] Timezone=off$/,
    what: '`Timezone=off`',
    why: 'The container’s configuration decides. Otherwise systemd-nspawn mounts the host’s time zone over the one of the configuration.',
  },
  {
    file: /\.network$/,
    line: /^\[DHCPServer\] PersistLeases=runtime$/,
    what: '`PersistLeases=runtime` is not set',
    why: 'systemd 256 and 257 do not know the value and ignore the line. `persistLeases` sets it where it is wanted.',
  },
  {
    file: /^host0\.network$/,
    line: /^\[DHCPv4\] UseTimezone=true$/,
    what: '`UseTimezone=true` for `host0`',
    why: 'systemd’s own file for `host0` has it. The Python tool means to set it too, by an option that NixOS has dropped.',
  },
  {
    file: /^data\.json$/,
    line: /^(schema|name|binds|hostNetworks|limits|persistLeases|plugins|presets|resources|restartKey|timeoutStartSec|credentials\.\d+\.encrypted)[.=]/,
    what: 'further fields in `data.json`',
    why: 'They stand beside the old ones, which keep their names and meanings.',
  },
  {
    file: /^data\.json$/,
    line: /^activation\.strategy[.=]/,
    what: '`activation.strategy` of an imperative container is `dynamic` if it says nothing',
    why: 'Both kinds of containers have the same default.',
  },
];

const cell = (text: string) => text.replaceAll('|', '\\|');

/** The page of the manual. */
export function differencesPage(): string {
  const rows = differences.map(({ what, why }) => `| ${cell(what)} | ${cell(why)} |`);
  return `# Units: differences from the Python tool

For the same settings both tools write the same \`.nspawn\` files, service drop-ins, \`.network\` files and \`data.json\`,
but for what this table lists. It is written from the test that compares the two line by line (\`test/nix\`), which knows
no other difference and none that is no more.

| what differs | why |
|---|---|
${rows.join('\n')}

## Settings that are refused, and one that is completed

| settings | why |
|---|---|
| \`zone\` or \`bridge\` together with \`hostNetworkConfig\` | the link has no address of its own on the host. The Python tool drops \`hostNetworkConfig\` of an imperative container silently |
| \`zone\` together with \`bridge\` | a link is in one of them |
| a port of the host, or a path of the container, twice | one of the two would never be seen |
| a bind mount with \`idmap\` while \`userNamespacing\` is off | systemd-nspawn does not start: there are no users to map to |
| \`system.etc.overlay.enable\` together with \`userNamespacing\` | the kernel mounts the image of \`/etc\` (EROFS) in no user namespace: the container would have no \`/etc\` |
| \`system.etc.overlay.enable\` with an older NixOS that leaves the mount to an initrd, as that of March 2025 | a container has no initrd: it would have no \`/etc\` |
| port 0, names that systemd does not take, paths that are not absolute or hold a line break | the container would not start, or not as written |
| a line break in \`hostNetworkConfig\`, \`containerNetworkConfig\` or a zone, but for \`extraConfig\` | networkd would take the rest for further keys and sections |
| \`systemd.network.networks."20-ve-NAME"\` while \`hostNetworkConfig\` is \`null\` | gets the \`[Match]\` of the container's link. Without one, as the Python tool writes it, networkd applies the file to every interface |

## Examples that are written differently

| example of the Python tool's manual | why |
|---|---|
| migration, before: \`containers.mycontainer\` has \`privateNetwork = true\` | \`hostAddress\` and \`localAddress\` have no effect without it |
| installation: \`nixosConfigurations\` | it says \`nixsConfigurations\`, which \`nixos-rebuild\` does not look for |
`;
}
