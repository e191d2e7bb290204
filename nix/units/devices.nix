# Devices of the host: their syntax, and what they mean for a container's files.
{ quoting }:
let
  inherit (builtins)
    concatStringsSep
    filter
    isString
    match
    ;
  inherit (quoting) bindPath;
in
rec {
  # Below /dev, without characters that need quotes in a shell or in a file of systemd. Only the last part of a path may
  # be a pattern, so that its matches are the entries of one directory.
  isPath =
    text:
    match "/dev/([A-Za-z0-9_.,:@+=-]+/)*[A-Za-z0-9_.,:@+=*?-]+" text != null && quoting.isPlainPath text;
  isPattern = path: match ".*[*?].*" path != null;

  # systemd.resource-control(5), DeviceAllow=: a name in /proc/devices, which may be a pattern.
  isClass = text: match "(char|block)-[A-Za-z0-9_./*?-]+" text != null;

  # Each letter at most once.
  isMode = text: text != "" && match "r?w?m?" text != null;

  # A device of either form as { path, class, mode, optional }.
  parse =
    device:
    if isString device then
      {
        path = if isClass device then null else device;
        class = if isClass device then device else null;
        mode = "rw";
        optional = false;
      }
    else
      {
        path = device.path or null;
        class = device.class or null;
        mode = device.mode or "rw";
        optional = device.optional or false;
      };

  name = device: toString (if device.path == null then device.class else device.path);

  # Whether the path always has to exist, so that the .nspawn file can name it.
  isFixed = device: device.path != null && !device.optional && !isPattern device.path;
  # Whether the host's devices at the time of a start decide what is mounted.
  isFound = device: device.path != null && !isFixed device;

  fixed = devices: filter isFixed (map parse devices);
  found = devices: filter isFound (map parse devices);

  # The values of Bind= for the devices that must exist.
  binds = devices: map (device: bindPath device.path) (fixed devices);

  # The values of DeviceAllow=. A path that is not a device node gives no permission, so a class replaces it.
  allowed =
    devices:
    map (
      device: "${toString (if device.class == null then device.path else device.class)} ${device.mode}"
    ) (map parse devices);

  # The service's runtime directory, and the file in it that sets the variable.
  directory = name: "nixos-nspawn-${name}";
  variable = "NIXOS_NSPAWN_DEVICES";
  file = name: "/run/${directory name}/devices";

  # Before each start, writes the arguments for the devices that exist. .nspawn files have no optional mounts. Backslashes
  # are removed twice: when systemd reads the file, and when it splits the variable into words.
  find =
    name: devices:
    let
      all = found devices;
      search =
        device:
        ''
          present=
          for node in ${device.path}; do
            [ -e "$node" ] || continue
            present=1
            arguments="$arguments --bind=$(printf '%s' "$node" | sed 's/:/\\\\\\\\:/g')"
          done
        ''
        + (if device.optional then "" else required device);
      required = device: ''
        if [ -z "$present" ]; then
          echo "Container ${name} requires a device ${device.path} (option devices), which the host does not have." >&2
          exit 1
        fi
      '';
    in
    if all == [ ] then
      ""
    else
      "arguments=\n"
      + concatStringsSep "" (map search all)
      + ''
        printf '${variable}=%s\n' "$arguments" >${file name}
      '';

  # Mounts of paths below /dev that none of these values of DeviceAllow= can permit. A class may permit any device.
  unpermitted =
    binds: allowed:
    let
      rules = permittedByTemplate ++ map (value: builtins.head (match "([^ ]*).*" value)) allowed;
      isDevice =
        path: match "/dev/.+" path != null && match "/dev/(shm|mqueue|hugepages|pts|log)(/.*)?" path == null;
    in
    filter (path: isDevice path && !builtins.any isClass rules && !builtins.elem path rules) (
      map (bind: bind.hostPath) binds
    );

  # DeviceAllow= of units/systemd-nspawn@.service.in, and the pseudo devices of DevicePolicy=closed.
  permittedByTemplate = [
    "/dev/full"
    "/dev/fuse"
    "/dev/loop-control"
    "/dev/mapper"
    "/dev/mapper/control"
    "/dev/net"
    "/dev/net/tun"
    "/dev/null"
    "/dev/ptmx"
    "/dev/random"
    "/dev/tty"
    "/dev/urandom"
    "/dev/zero"
  ];
}
