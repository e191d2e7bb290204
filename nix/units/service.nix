# The drop-in for systemd-nspawn@NAME.service, in the structure of NixOS's `systemd.services.<name>`.
{
  quoting,
  mounts,
  devices,
  command,
  order,
}:
let
  inherit (builtins)
    concatStringsSep
    filter
    map
    toString
    ;
  inherit (quoting)
    program
    shell
    specifiers
    ;
  unlessNull = name: value: if value == null then { } else { ${name} = toString value; };
  unlessEmpty = name: value: if value == [ ] then { } else { ${name} = value; };

  unixExport = name: "/run/systemd/nspawn/unix-export/${name}";

  # systemd-nspawn accepts a directory as a container's root only if it contains /usr. It creates the mount point of an
  # overlay, but not the parent directories (mount_overlay in src/nspawn/nspawn-mount.c). Do not follow links, because a
  # link that the container created could lead anywhere on the host.
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
    # If systemd-nspawn is killed, this remains mounted, and the next start fails (src/nspawn/nspawn.c).
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
    # networkd creates a bridge shortly after it reports that it is ready, so at boot the container could start earlier.
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
    )
    + concatStringsSep "" (
      map (interface: ''
        tries=50
        while [ ! -e /sys/class/net/${interface} ] && [ $tries -gt 0 ]; do
          sleep 0.1
          tries=$((tries - 1))
        done
      '') (map (text: builtins.head (builtins.match "([^:]+).*" text)) settings.interfaces)
    )
    + devices.find name settings.devices;
in
{
  name,
  settings,
  # The sections of the container's .nspawn file.
  nspawn,
  # The command line on the host that makes the container switch to its configuration.
  reload,
  # The prefix of systemd's programs. Empty if the host's systemd is unknown, because systemd finds its programs by name.
  systemdBin ? "",
}:
let
  inherit (settings) resources credentials;
  encrypted = filter (credential: credential.encrypted or false) credentials;
in
{
  # Without this, systemd 256 and 257 use the host's legacy or hybrid hierarchy for the container. systemd 258 and newer
  # ignore it.
  environment.SYSTEMD_NSPAWN_UNIFIED_HIERARCHY = "1";

  preStart = prepare name settings;

  # Separate from `unitConfig`, because NixOS has options for them, which the host's configuration extends.
  after = order.before settings;
  wants = order.units settings.wants;
  requires = order.units settings.requires;

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
  // unlessEmpty "DeviceAllow" (devices.allowed settings.devices)
  // (
    if devices.found settings.devices == [ ] then
      { }
    else
      {
        RuntimeDirectory = [ (devices.directory "%i") ];
        # Since systemd 258, systemd-nspawn creates a directory with the name in this variable (src/nspawn/nspawn.c).
        UnsetEnvironment = [ "RUNTIME_DIRECTORY" ];
        # It exists when systemd-nspawn starts, but not yet for the commands before.
        EnvironmentFile = [ "-${devices.file "%i"}" ];
      }
  )
  // unlessEmpty "ExecStart" (command {
    inherit settings nspawn systemdBin;
  });
}
