# Types of the options. They are as strict as systemd, so that invalid values fail the evaluation, and not the start of
# a container.
{ lib }:
let
  inherit (lib) types mkOptionType;
  units = import ./units;
  inherit (units)
    quoting
    names
    mounts
    devices
    order
    ;

  checked =
    name: description: check:
    mkOptionType {
      inherit name description;
      descriptionClass = "noun";
      check = value: builtins.isString value && check value;
      merge = lib.options.mergeEqualOption;
    };
  matching = pattern: value: builtins.match pattern value != null;
in
rec {
  line = checked "line" "one-line string" (value: !quoting.hasControlCharacter value);

  zone = checked "zone" "name of a zone (1 to 12 letters, digits, `-`, `.`, `_`)" names.isZone;

  interface = checked "interface" "name of a network interface (1 to 15 letters, digits, `-`, `.`, `_`)" names.isInterface;

  # A container, or a unit of the host.
  orderEntry = checked "container or unit" "name of a container, or of a unit of the host such as `postgresql.service`" order.isEntry;

  credentialId = checked "credential" "name of a credential (letters, digits, `_`, `.`, `@`, `+`, `-`)" names.isCredential;

  # The description is part of the error for another value.
  credentialChange =
    types.enum [
      "none"
      "restart"
    ]
    // {
      description = ''"none" or "restart" (a reload cannot pass new credentials to a container, because systemd-nspawn reads them only when it starts)'';
      descriptionClass = "noun";
    };

  # A path or a package. It becomes the first word of a command line.
  program = types.addCheck types.path (value: quoting.isProgram (toString value)) // {
    description = "absolute path without quotes and backslashes";
    descriptionClass = "noun";
  };

  # A submodule that must be an attribute set. NixOS's type also accepts a string as the path of a module, so the error
  # for an invalid bind mount would be that a file does not exist.
  attributes = module: types.addCheck (types.submodule module) builtins.isAttrs;

  # The path is the rest of a line, after a colon.
  credentialPath = checked "credential path" "path or name of a credential, on one line" (
    value: value != "" && !quoting.hasControlCharacter value && !matching ''.*[\ ]'' value
  );

  addressFamily = checked "socket address family" "socket address family such as `AF_INET`" (
    value: builtins.elem value units.families.known
  );

  hostPath = checked "path" "absolute path without `..`" quoting.isPlainPath;

  bindString = checked "bind mount" "bind mount of the form hostPath[:containerPath[:options]]" (
    value: mounts.problem value == null
  );

  bindOption = types.enum mounts.knownOptions;

  # capabilities(7).
  capability = types.enum (
    map (name: "CAP_${name}") [
      "AUDIT_CONTROL"
      "AUDIT_READ"
      "AUDIT_WRITE"
      "BLOCK_SUSPEND"
      "BPF"
      "CHECKPOINT_RESTORE"
      "CHOWN"
      "DAC_OVERRIDE"
      "DAC_READ_SEARCH"
      "FOWNER"
      "FSETID"
      "IPC_LOCK"
      "IPC_OWNER"
      "KILL"
      "LEASE"
      "LINUX_IMMUTABLE"
      "MAC_ADMIN"
      "MAC_OVERRIDE"
      "MKNOD"
      "NET_ADMIN"
      "NET_BIND_SERVICE"
      "NET_BROADCAST"
      "NET_RAW"
      "PERFMON"
      "SETFCAP"
      "SETGID"
      "SETPCAP"
      "SETUID"
      "SYSLOG"
      "SYS_ADMIN"
      "SYS_BOOT"
      "SYS_CHROOT"
      "SYS_MODULE"
      "SYS_NICE"
      "SYS_PACCT"
      "SYS_PTRACE"
      "SYS_RAWIO"
      "SYS_RESOURCE"
      "SYS_TIME"
      "SYS_TTY_CONFIG"
      "WAKE_ALARM"
    ]
  ) // {
    description = "capability of {manpage}`capabilities(7)`, such as `CAP_SYS_NICE`";
    descriptionClass = "noun";
  };

  tmpfs = checked "temporary file system" "path of the form path[:options]" mounts.isTmpfs;

  hardwareAddress = checked "hardware address" "MAC address of one host, such as `02:00:00:00:00:01`" names.isHardwareAddress;

  movedInterface = checked "interface" "interface of the host, of the form interface[:name-in-the-container]" names.isMovedInterface;

  firstUserId = types.addCheck types.ints.positive units.users.isFirst // {
    name = "first user ID";
    description = "multiple of 65536, between 524288 and 1878982656";
    descriptionClass = "noun";
  };

  devicePath = checked "device path" "path below /dev, whose last part may contain `*` and `?`" devices.isPath;
  deviceClass = checked "device class" "class of devices such as `char-drm` or `block-loop`" devices.isClass;
  device = checked "device" "path below /dev or class of devices" (
    value: devices.isPath value || devices.isClass value
  );
  deviceMode = checked "device mode" "one or more of `r`, `w` and `m`, in this order" devices.isMode;

  # No process can listen on port 0.
  port = types.ints.between 1 65535;

  # systemd.time(7).
  span = "[0-9]+([.][0-9]+)?( ?[a-zµ]+)?( ?[0-9]+([.][0-9]+)? ?[a-zµ]+)*";
  timespan = checked "time span" "time span such as `90s`, `5min` or `infinity`" (matching "infinity|${span}");

  # systemd.resource-control(5).
  # systemd ignores a limit of zero, so there would be no limit.
  isNothing = matching "[0.]+[KMGTPE%]?";
  bytes = types.either types.ints.positive (
    checked "amount of memory" "amount of memory such as `512M` or `50%`, or `infinity`" (
      value: matching "infinity|[0-9]+([.][0-9]+)?[KMGTPE]?|[0-9]+([.][0-9]+)?%" value && !isNothing value
    )
  );
  percentage = checked "percentage" "percentage such as `150%`" (
    value: matching "[0-9]+([.][0-9]{1,2})?%" value && !isNothing value
  );
  weight = types.ints.between 1 10000;
  amount = types.either types.ints.positive (
    checked "amount" "a percentage, or `infinity`" (
      value: matching "infinity|[0-9]+|[0-9]+([.][0-9]+)?%" value && !isNothing value
    )
  );

  # systemd.exec(5), "Process properties": a value, or a soft and a hard limit. The units depend on the resource.
  limit =
    name:
    let
      number = "[0-9]+";
      bytes = "[0-9]+([.][0-9]+)?[KMGTPE]?";
      kinds = {
        AS = bytes;
        CORE = bytes;
        CPU = span;
        DATA = bytes;
        FSIZE = bytes;
        MEMLOCK = bytes;
        MSGQUEUE = bytes;
        NICE = "[+-]?[0-9]+";
        RSS = bytes;
        RTTIME = span;
        STACK = bytes;
      };
      value = "(infinity|${kinds.${name} or number})";
    in
    types.either types.ints.unsigned (
      checked "resource limit" "limit such as `65536`, `1024:65536` or `infinity`, with a unit of the resource" (
        matching "${value}(:${value})?"
      )
    );

  # A value that JSON can represent.
  json =
    let
      value =
        types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.float
            types.str
            types.path
            (types.listOf value)
            (types.attrsOf value)
          ]
        )
        // {
          name = "json";
          description = "JSON value";
          descriptionClass = "noun";
        };
    in
    value;

  # Options of `systemd.network.networks.<name>`. NixOS's types check them where they are used. This type only merges
  # them, so that presets and the user can each define a part.
  networkd =
    let
      value = mkOptionType {
        name = "networkd value";
        description = "networkd option";
        check = _: true;
        merge =
          loc: defs:
          let
            all = holds: builtins.all (def: holds def.value) defs;
          in
          if all (v: builtins.isAttrs v && !lib.isDerivation v) then
            (types.attrsOf value).merge loc defs
          else if all builtins.isList then
            builtins.concatMap (def: def.value) defs
          else
            lib.options.mergeEqualOption loc defs;
      };
    in
    types.attrsOf value
    // {
      description = "options of `systemd.network.networks.<name>`";
      descriptionClass = "noun";
    };
}
