# The drop-in for systemd-nspawn@NAME.service, in the shape of NixOS's `systemd.services.<name>`.
{ quoting, mounts }:
let
  inherit (builtins)
    concatMap
    concatStringsSep
    filter
    map
    toString
    ;
  inherit (quoting)
    program
    shell
    specifiers
    word
    ;
  unlessNull = name: value: if value == null then { } else { ${name} = toString value; };
  unlessEmpty = name: value: if value == [ ] then { } else { ${name} = value; };

  # The template's own command line as of systemd 256 to 258, units/systemd-nspawn@.service.in.
  template = [
    "--quiet"
    "--keep-unit"
    "--boot"
    "--link-journal=try-guest"
    "--network-veth"
    "-U"
    "--settings=override"
  ];

  # systemd decrypts an encrypted credential for the service, and nspawn takes it over by its name.
  loadCredential =
    credential:
    if credential.encrypted or false then
      "--load-credential=${credential.id}:${credential.id}"
    else
      "--load-credential=${credential.id}:${credential.path}";

  unixExport = name: "/run/systemd/nspawn/unix-export/${name}";

  # systemd-nspawn takes nothing for a container's root that has no /usr. It makes the mount point of an overlay, but
  # not the directories above it (mount_overlay in src/nspawn/nspawn-mount.c). A link that the container put there
  # could lead anywhere on the host.
  prepare =
    name: settings:
    let
      root = "/var/lib/machines/${name}";
      created = filter (mount: mount.create) (map mounts.parse settings.bindMounts);
    in
    ''
      if [ ! -d ${root} ]; then
        mkdir -p ${root}/etc ${root}/usr ${root}/var
        touch ${root}/etc/os-release ${root}/etc/machine-id
      fi
      for directory in nix nix/var nix/var/nix; do
        [ ! -L ${root}/$directory ] || break
        [ -d ${root}/$directory ] || mkdir ${root}/$directory
      done
    ''
    # A systemd-nspawn that was killed leaves this mounted, and the next one refuses to start (src/nspawn/nspawn.c).
    + ''
      if grep -qF " ${unixExport name} " /proc/self/mountinfo && [ ! -e /run/systemd/machines/${name} ]; then
        systemd-umount ${unixExport name}
      fi
    ''
    + concatStringsSep "" (
      map (mount: ''
        [ -e ${shell mount.hostPath} ] || mkdir -p -- ${shell mount.hostPath}
      '') created
    )
    # networkd makes a bridge just after it has said that it is ready: at boot, the container could come before it.
    + (
      if settings.bridge == null then
        ""
      else
        ''
          tries=50
          while [ ! -e /sys/class/net/${settings.bridge} ] && [ $tries -gt 0 ]; do
            sleep 0.1
            tries=$((tries - 1))
          done
        ''
    );
in
{
  name,
  settings,
  # The command line on the host that has the container take on its configuration.
  reload,
  # Put before the names of systemd's own programs. Empty where the host's systemd is unknown: it finds its own
  # programs by name.
  systemdBin ? "",
}:
let
  inherit (settings) resources credentials;
  encrypted = filter (credential: credential.encrypted or false) credentials;
in
{
  # systemd 256 and 257 would else give the container the host's legacy or hybrid hierarchy; ignored since 258.
  environment.SYSTEMD_NSPAWN_UNIFIED_HIERARCHY = "1";

  preStart = prepare name settings;

  unitConfig = unlessEmpty "RequiresMountsFor" (
    map quoting.path (mounts.requiredPaths settings.bindMounts)
  );

  serviceConfig = {
    TimeoutStartSec = settings.timeoutStartSec;
    ExecReload =
      if settings.activation.reloadScript != null then
        program (toString settings.activation.reloadScript)
      else
        reload;
  }
  // unlessNull "MemoryMax" resources.memoryMax
  // unlessNull "MemoryHigh" resources.memoryHigh
  // unlessNull "CPUQuota" resources.cpuQuota
  // unlessNull "CPUWeight" resources.cpuWeight
  // unlessNull "TasksMax" resources.tasksMax
  // unlessNull "IOWeight" resources.ioWeight
  // unlessEmpty "LoadCredentialEncrypted" (
    map (credential: "${credential.id}:${specifiers credential.path}") encrypted
  )
  // unlessEmpty "ExecStart" (
    if credentials == [ ] then
      [ ]
    else
      [
        # An empty line takes the template's command line away; .nspawn files know no credentials.
        ""
        (concatStringsSep " " (
          [ "${systemdBin}systemd-nspawn" ]
          ++ concatMap (credential: [ (word (loadCredential credential)) ]) credentials
          ++ template
          ++ [ "--machine=%i" ]
        ))
      ]
  );
}
