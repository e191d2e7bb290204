# The options of a container of either kind: `nixosContainer` in the container's own configuration, and
# `nixos.containers.instances.<name>` on a NixOS host.
{
  lib,
  declarative,
}:
let
  inherit (lib)
    mkOption
    types
    literalExpression
    ;
  own = import ./types.nix { inherit lib; };
  inherit ((import ./units).settings) defaults;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
      example = !default;
    };

  order =
    name: example: description:
    mkOption {
      type = types.listOf own.orderEntry;
      default = defaults.${name};
      inherit example description;
    };
in
{
  declarative = mkOption {
    type = types.bool;
    default = declarative;
    readOnly = true;
    description = ''
      Whether the container is part of the configuration of a NixOS host (declarative) or was created by the
      `nixos-nspawn` command (imperative). This depends on where it is defined.
    '';
  };

  activation = {
    strategy = mkOption {
      type = types.enum [
        "none"
        "reload"
        "restart"
        "dynamic"
      ];
      default = defaults.activation.strategy;
      example = "reload";
      description = ''
        How a running container applies a new configuration.

        - `restart`: it is restarted.
        - `reload`: its NixOS switches to the new configuration while it runs.
        - `dynamic`: it is restarted if a change requires this (mounts, network, limits and similar settings),
          otherwise it is reloaded.
        - `none`: it keeps its old configuration until it is restarted.
      '';
    };

    reloadScript = mkOption {
      type = types.nullOr own.program;
      default = defaults.activation.reloadScript;
      # Copy a file to the store, so that it exists as long as the container needs it.
      apply = script: if builtins.isPath script then "${script}" else script;
      example = literalExpression ''pkgs.writeShellScript "reload" "machinectl shell web /run/current-system/sw/bin/nginx -s reload"'';
      description = ''
        Program that runs on the host when the container is reloaded, instead of the switch in the container.
      '';
    };

    autoStart = flag defaults.activation.autoStart ''
      Whether the container starts when its host boots.
    '';

    onCredentialChange = mkOption {
      type = own.credentialChange;
      default = defaults.activation.onCredentialChange;
      example = "restart";
      description = ''
        What happens to a running container if the content of one of its `credentials` has changed since its start.

        - `none`: it keeps the old content until it is restarted. {command}`nixos-nspawn status` names the credential.
        - `restart`: it is restarted: an imperative container by {command}`nixos-nspawn update`, a declarative one
          when the file changes. The restart also applies a configuration that `strategy` would keep back.

        A reload cannot pass the new content, because systemd-nspawn reads credentials only when it starts.
      '';
    };
  };

  after = order "after" [ "db" ] ''
    Containers and units of the host that this container starts after, if they start too. At a shutdown of the host,
    this container stops first.

    An entry that ends in `.service`, `.target`, `.mount` or a similar suffix is a unit of the host. Every other entry
    is the name of a container. A unit that starts after the containers, such as `machines.target` or
    `multi-user.target`, is refused.
  '';

  bindMounts = mkOption {
    type = types.listOf (
      types.either own.bindString (
        own.attributes {
          options = {
            hostPath = mkOption {
              type = own.hostPath;
              example = "/srv/web";
              description = "Path on the host.";
            };
            containerPath = mkOption {
              type = types.nullOr own.hostPath;
              default = null;
              description = "Path in the container; the same as on the host if `null`.";
            };
            readOnly = flag false "Whether the path is read-only in the container.";
            options = mkOption {
              type = types.listOf own.bindOption;
              default = [ ];
              example = [ "idmap" ];
              description = "Options of the mount: `rbind`, `norbind`, `idmap`, `rootidmap`, `owneridmap`, `noidmap`.";
            };
            create = flag false ''
              Whether to create the directory on the host before the container starts, if it does not exist.
            '';
          };
        }
      )
    );
    default = defaults.bindMounts;
    example = literalExpression ''
      [
        "/var/lib/host/path:/var/lib/container/path"
        { hostPath = "/srv/web"; containerPath = "/var/www"; readOnly = true; }
      ]
    '';
    description = ''
      Paths of the host to mount in the container. Each is an attribute set, or a string
      `hostPath[:containerPath[:options]]` as in `Bind=` of {manpage}`systemd.nspawn(5)`, in which a colon of a path
      is written as `\:`. The container waits for the file systems that contain these paths.
    '';
  };

  bridge = mkOption {
    type = types.nullOr own.interface;
    default = defaults.bridge;
    example = "br0";
    description = ''
      Bridge of the host to connect the container to. It must exist when the container starts.
    '';
  };

  capabilities = {
    add = mkOption {
      type = types.listOf own.capability;
      default = defaults.capabilities.add;
      example = [ "CAP_SYS_NICE" ];
      description = ''
        Capabilities of the container in addition to those that {manpage}`systemd-nspawn(1)` grants. With a network of
        its own, a container already has `CAP_NET_ADMIN`. See {manpage}`capabilities(7)`.
      '';
    };
    drop = mkOption {
      type = types.listOf own.capability;
      default = defaults.capabilities.drop;
      example = [ "CAP_SYS_CHROOT" ];
      description = "Capabilities that the container does not have, although {manpage}`systemd-nspawn(1)` grants them.";
    };
  };

  containerNetworkConfig = mkOption {
    type = types.nullOr own.networkd;
    default = defaults.containerNetworkConfig;
    example = literalExpression ''{ address = [ "fd12::2/64" ]; }'';
    description = ''
      Options for the container's interface `host0`. See {option}`systemd.network.networks` for the list.

      If `null`, systemd's defaults apply: DHCP, link-local addresses and LLDP. Prefer this option to
      `systemd.network.networks.host0`, because it keeps the defaults that you do not override. An empty string in a
      list, such as `address`, removes the defaults from the list.
    '';
  };

  credentials = mkOption {
    type = types.listOf (
      types.submodule {
        options = {
          id = mkOption {
            type = own.credentialId;
            example = "database-password";
            description = "Name of the credential for services in the container.";
          };
          path = mkOption {
            type = own.credentialPath;
            example = "/run/secrets/database-password";
            description = ''
              Path of the credential on the host, or the name of a credential of the host's service manager.
            '';
          };
          encrypted = flag false ''
            Whether the file is encrypted with {manpage}`systemd-creds(1)`. The host decrypts it at each start, and
            never writes the plain text to a disk.
          '';
        };
      }
    );
    default = defaults.credentials;
    example = literalExpression ''[ { id = "token"; path = "/etc/credstore.encrypted/token"; encrypted = true; } ]'';
    description = ''
      Credentials for the container's service manager. A service in the container receives one with
      `systemd.services.<name>.serviceConfig.LoadCredential = "token:token"`. See {manpage}`systemd.exec(5)`.
    '';
  };

  devices = mkOption {
    type = types.listOf (
      types.either own.device (
        own.attributes {
          options = {
            path = mkOption {
              type = types.nullOr own.devicePath;
              default = null;
              example = "/dev/dri/renderD*";
              description = ''
                Path of a device on the host, or of a directory of devices. The last part can be a pattern with `*` and
                `?`, whose matches are determined at each start. If `null`, nothing is mounted, and `class` only gives
                the permission.
              '';
            };
            class = mkOption {
              type = types.nullOr own.deviceClass;
              default = null;
              example = "char-drm";
              description = ''
                Class of devices to permit: `char-` or `block-`, and a name in {file}`/proc/devices`. If `null`, only the
                device at `path` is permitted. A pattern or a directory needs a class.
              '';
            };
            mode = mkOption {
              type = own.deviceMode;
              default = "rw";
              example = "rwm";
              description = "What is permitted: `r` (read), `w` (write), `m` (create device nodes).";
            };
            optional = flag false ''
              Whether the container also starts if the host has no such device.
            '';
          };
        }
      )
    );
    default = defaults.devices;
    example = literalExpression ''
      [
        "/dev/kvm"
        { path = "/dev/dri/renderD*"; class = "char-drm"; optional = true; }
      ]
    '';
    description = ''
      Devices of the host that the container may use. Each is mounted at the same path, and permitted with
      `DeviceAllow=` of {manpage}`systemd.resource-control(5)`. An entry is an attribute set, a path, or a class such as
      `char-drm`. Without this option, a container may use only pseudo devices such as {file}`/dev/null`, and
      {file}`/dev/net/tun` and {file}`/dev/fuse`.

      In a user namespace, the host's owners of a device do not exist. The container's root can then use a device only
      if the device's permissions allow every user.
    '';
  };

  environment = mkOption {
    type = types.attrsOf own.line;
    default = defaults.environment;
    example = {
      SYSTEMD_LOG_LEVEL = "debug";
    };
    description = ''
      Environment variables of the container's init. systemd reads some of them, and gives others to a service that
      names them in `PassEnvironment=`. Every user can read the values on the host. For secrets, use `credentials`.
    '';
  };

  ephemeral = flag defaults.ephemeral ''
    Whether each start uses a fresh copy of the container's root. The copy is deleted when the container stops.
  '';

  extraVeths = mkOption {
    type = types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            interface = mkOption {
              type = own.interface;
              default = name;
              defaultText = literalExpression "name";
              example = "database0";
              description = "Name of the link in the container.";
            };
            hostNetworkConfig = mkOption {
              type = types.nullOr own.networkd;
              default = null;
              example = literalExpression ''{ address = [ "" "10.60.0.1/24" ]; }'';
              description = ''
                Options for the link on the host. See {option}`systemd.network.networks` for the list. If `null`,
                systemd's defaults apply: for `ve-*`, a private subnet with DHCP and masquerading, for `vb-*`, none.
                Your options are added to the defaults of `ve-*`.
              '';
            };
            containerNetworkConfig = mkOption {
              type = types.nullOr own.networkd;
              default = null;
              example = literalExpression ''{ address = [ "10.60.0.2/24" ]; networkConfig.DHCP = "no"; }'';
              description = ''
                Options for the link in the container, in addition to the defaults of `host0`: DHCP and link-local
                addresses.
              '';
            };
          };
        }
      )
    );
    default = defaults.extraVeths;
    example = literalExpression ''
      {
        "vb-storage" = {
          interface = "storage0";
          hostNetworkConfig.networkConfig.Bridge = "br-storage";
          containerNetworkConfig.address = [ "10.60.0.2/24" ];
        };
      }
    '';
    description = ''
      Further links between the host and the container, in addition to `host0`. The name is that of the interface on the
      host, and begins with `ve-`, or with `vb-` for a link at a bridge. It has at most 15 characters. networkd must have
      created the bridge ({option}`systemd.network.netdevs`).
    '';
  };

  forwardPorts = mkOption {
    type = types.listOf (
      types.submodule {
        options = {
          hostPort = mkOption {
            type = own.port;
            example = 8080;
            description = "Port on the host.";
          };
          containerPort = mkOption {
            type = types.nullOr own.port;
            default = null;
            example = 80;
            description = "Port in the container; the same as on the host if `null`.";
          };
          protocol = mkOption {
            type = types.enum [
              "udp"
              "tcp"
            ];
            default = "tcp";
            example = "udp";
            description = "Protocol of the port.";
          };
        };
      }
    );
    default = defaults.forwardPorts;
    example = literalExpression ''[ { hostPort = 8080; containerPort = 80; protocol = "tcp"; } ]'';
    description = ''
      Ports of the host that are forwarded to the container. The host's firewall does not apply to them. They answer
      on the host's addresses, but not on its loopback. See `--port` of {manpage}`systemd-nspawn(1)`.
    '';
  };

  hostDefaults = mkOption {
    type = types.attrsOf own.json;
    default = defaults.hostDefaults;
    internal = true;
    description = "The defaults of the host, as a record.";
  };

  hostNetworkConfig = mkOption {
    type = types.nullOr own.networkd;
    default = defaults.hostNetworkConfig;
    example = literalExpression ''{ ipv6Prefixes = [ { Prefix = "fd12::/64"; Assign = true; } ]; }'';
    description = ''
      Options for `ve-NAME`, the host's end of the container's link. See {option}`systemd.network.networks` for the
      list. They apply only to containers with a link of their own, not to those in a `zone` or at a `bridge`.

      If `null`, systemd's defaults apply: a free private IPv4 subnet, DHCP for the container, and masquerading, so
      that it can reach the internet. Your options are added to these defaults. An empty string in a list, such as
      `address`, removes the defaults from the list.
    '';
  };

  hostNetworks = mkOption {
    type = types.attrsOf own.networkd;
    default = defaults.hostNetworks;
    example = literalExpression ''
      {
        "20-vb-web" = { matchConfig.Name = "vb-web"; networkConfig.Bridge = "br0"; };
      }
    '';
    description = ''
      Additional {manpage}`systemd.network(5)` units on the host for interfaces of this container. A name consists of
      two digits, then `-ve-`, `-vb-`, `-vz-`, `-mv-` or `-ipvlan-`, and the rest of the interface's name. These units
      have no defaults.
    '';
  };

  interfaces = mkOption {
    type = types.listOf own.movedInterface;
    default = defaults.interfaces;
    example = [
      "eth1"
      "eth2:lan0"
    ];
    description = ''
      Interfaces of the host that are moved to the container while it runs, each as `interface[:name-in-the-container]`.
      Configure them in the container, such as with `systemd.network.networks`. The container keeps its own link.
    '';
  };

  limits = mkOption {
    type = types.submodule {
      options = lib.genAttrs [
        "AS"
        "CORE"
        "CPU"
        "DATA"
        "FSIZE"
        "LOCKS"
        "MEMLOCK"
        "MSGQUEUE"
        "NICE"
        "NOFILE"
        "NPROC"
        "RSS"
        "RTPRIO"
        "RTTIME"
        "SIGPENDING"
        "STACK"
      ] (
        name:
        mkOption {
          type = types.nullOr (own.limit name);
          default = null;
          description = "`Limit${name}=` of {manpage}`systemd.nspawn(5)`.";
          visible = false;
        }
      );
    };
    default = { };
    apply = lib.filterAttrs (_: value: value != null);
    example = literalExpression ''{ NOFILE = "1024:65536"; CORE = 0; }'';
    description = ''
      Initial limits of each process in the container. The names are those in {manpage}`getrlimit(2)` without
      `RLIMIT_`. For limits of the container as a whole, see `resources`.
    '';
  };

  linkJournal = mkOption {
    type = types.nullOr (
      types.enum [
        "no"
        "host"
        "try-host"
        "guest"
        "try-guest"
        "auto"
      ]
    );
    default = defaults.linkJournal;
    example = "no";
    description = ''
      How the container's journal is visible on the host. See `LinkJournal=` of {manpage}`systemd.nspawn(5)`. If `null`,
      it is `try-guest`, and `auto` with `ephemeral`.
    '';
  };

  macAddress = mkOption {
    type = types.nullOr own.hardwareAddress;
    default = defaults.macAddress;
    example = "02:00:00:00:00:01";
    description = ''
      MAC address of `host0` in the container. If `null`, {command}`systemd-nspawn` derives one from the container's
      name. The container sets the address at its boot, before networkd starts.
    '';
  };

  mountDaemonSocket = flag defaults.mountDaemonSocket ''
    Whether the container can use the host's Nix daemon to build and fetch packages. Without `userNamespacing`, the
    daemon treats the container's root as the host's root, and trusts it.
  '';

  networkNamespace = mkOption {
    type = types.nullOr own.hostPath;
    default = defaults.networkNamespace;
    example = "/run/netns/vpn";
    description = ''
      Path of a network namespace that the container uses instead of its own, such as one of {manpage}`ip-netns(8)`. It
      must exist when the container starts. The container's networkd is disabled, because the namespace is already
      configured. For DNS, set `resolvConf`, or `networking.nameservers` in the container.
    '';
  };

  noNewPrivileges = flag defaults.noNewPrivileges ''
    Whether no process of the container can gain privileges by executing a program, such as one that is set-user-ID.
    `sudo` and `ping` then work only for root.
  '';

  nspawnNetwork = mkOption {
    type = types.attrsOf (types.either own.line (types.listOf own.line));
    default = defaults.nspawnNetwork;
    example = literalExpression ''{ MACVLAN = "eth0"; VirtualEthernet = "no"; }'';
    description = ''
      Additional keys of the section `[Network]` of {manpage}`systemd.nspawn(5)`. They override keys that other
      options set.
    '';
  };

  persistLeases = mkOption {
    type = types.nullOr (
      types.either types.bool (types.enum [ "runtime" ])
    );
    default = defaults.persistLeases;
    example = true;
    description = ''
      Whether the host's DHCP server stores the address of the container. `true` stores it across reboots of the host,
      `"runtime"` (systemd 258 or newer) across restarts of the container. If `null`, systemd's default applies, which
      stores it across restarts at least.
    '';
  };

  plugins = mkOption {
    type = types.attrsOf own.json;
    default = defaults.plugins;
    example = literalExpression ''{ health.units = [ "nginx.service" ]; }'';
    description = ''
      Settings for plugins of the `nixos-nspawn` command, by the name of the plugin. They are passed to the plugin
      unchanged. The plugin defines their meaning.
    '';
  };

  presets = mkOption {
    type = types.listOf own.json;
    default = defaults.presets;
    internal = true;
    description = "The presets of this configuration, as a record.";
  };

  privateUsers = mkOption {
    type = types.nullOr (
      types.either own.firstUserId (
        types.enum [
          "no"
          "identity"
          "pick"
        ]
      )
    );
    default = defaults.privateUsers;
    example = 1048576;
    description = ''
      The user IDs of the container on the host, for more control than `userNamespacing`, which it implies.

      - `"no"`: the same as on the host, as with `userNamespacing = false`.
      - `"pick"`: a free range, as with `userNamespacing = true`.
      - `"identity"`: a user namespace in which the IDs are the same as on the host. The container's root has no
        capabilities on the host, but owns the files of the host's root.
      - a number: the first of 65536 IDs.

      If `null`, `userNamespacing` decides.
    '';
  };

  requires = order "requires" [ "db" "postgresql.service" ] ''
    Containers and units of the host that this container needs. They start before it. If one of them cannot start, this
    container does not start either. If one of them is stopped or restarted, so is this container. If one of them ends by
    itself, this container continues to run.

    The entries are as in `after`. See `Requires=` of {manpage}`systemd.unit(5)`.
  '';

  resolvConf = mkOption {
    type = types.nullOr (
      types.enum (
        [
          "off"
          "delete"
          "auto"
        ]
        ++ builtins.concatMap (how: map (which: "${how}-${which}") [ "host" "static" "uplink" "stub" ]) [
          "copy"
          "replace"
          "bind"
        ]
      )
    );
    default = defaults.resolvConf;
    example = "replace-uplink";
    description = ''
      Where {file}`/etc/resolv.conf` in the container comes from. See `ResolvConf=` of {manpage}`systemd.nspawn(5)`. With
      `copy-`, `replace-` and `bind-`, it comes from the host, and the container's systemd-resolved is disabled by
      default. If `null`, it is that of the container's systemd-resolved, which uses the DNS servers of DHCP.
    '';
  };

  resources =
    let
      setting =
        name: type: example: description:
        mkOption {
          type = types.nullOr type;
          default = defaults.resources.${name};
          inherit example description;
        };
    in
    {
      cpuQuota = setting "cpuQuota" own.percentage "150%" ''
        Maximum processor time of the container; `100%` is one processor.
      '';
      cpuWeight = setting "cpuWeight" own.weight 50 ''
        The container's share of the processors when they are busy, between 1 and 10000. systemd's default is 100.
      '';
      ioWeight = setting "ioWeight" own.weight 50 ''
        The container's share of the disks when they are busy, between 1 and 10000. systemd's default is 100.
      '';
      memoryHigh = setting "memoryHigh" own.bytes "768M" ''
        Memory usage above which the container is slowed down.
      '';
      memoryMax = setting "memoryMax" own.bytes "1G" ''
        Maximum memory usage of the container. Above it, processes of the container are killed.
      '';
      tasksMax = setting "tasksMax" own.amount 4096 ''
        Maximum number of tasks (processes and threads) of the container.
      '';
    };

  restrictAddressFamilies = mkOption {
    type = types.nullOr (types.listOf own.addressFamily);
    default = defaults.restrictAddressFamilies;
    example = [
      "AF_INET"
      "AF_INET6"
      "AF_NETLINK"
      "AF_PACKET"
      "AF_UNIX"
    ];
    description = ''
      The socket address families that programs in the container may use; see {manpage}`address_families(7)`. If `null`,
      they may use all of them. Hosts with systemd 261 or newer apply this option, older ones ignore it.

      `AF_UNIX` is required. systemd-networkd in the container needs `AF_NETLINK`, and `AF_PACKET` for DHCP and LLDP.
      systemd-resolved needs `AF_INET` and `AF_NETLINK`, and `AF_INET6` for LLMNR and multicast DNS.
    '';
  };

  sharedNix = flag defaults.sharedNix ''
    Whether the container sees the whole Nix store of the host. If not, it sees only the store paths that its
    configuration needs, and a new configuration requires a restart. Each generation then has a copy of these paths
    in the host's store. With reflinks in the file system, or after `nix store optimise`, the copies need no
    additional space.

    In both cases, the store is read-only in the container, and the container's `nix.gc`, `nix.optimise` and Nix daemon
    do not run.
  '';

  systemCallFilter = mkOption {
    type = types.nullOr own.line;
    default = defaults.systemCallFilter;
    example = "@known ~@clock";
    description = ''
      System calls to allow in addition to the default ones or, after `~`, to deny. See `SystemCallFilter=` of
      {manpage}`systemd.nspawn(5)`.
    '';
  };

  timeoutStartSec = mkOption {
    type = own.timespan;
    default = defaults.timeoutStartSec;
    example = "5min";
    description = ''
      Time limit for the boot of the container. If the container is not ready by then, the start fails.
    '';
  };

  tmpfs = mkOption {
    type = types.listOf own.tmpfs;
    default = defaults.tmpfs;
    example = [
      "/var/cache"
      "/srv/scratch:size=1G,mode=1777"
    ];
    description = ''
      Paths of the container where an empty file system in memory is mounted, each as `path[:options]`. The options are
      those of {manpage}`tmpfs(5)`. See `TemporaryFileSystem=` of {manpage}`systemd.nspawn(5)`.
    '';
  };

  userNamespacing = flag defaults.userNamespacing ''
    Whether the container has its own user IDs, so that its root has no rights on the host. The mounts of
    Nix's directories are mapped to these IDs. Not every file system supports this.

    If the file system of `/var/lib/machines` cannot map ids, {command}`systemd-nspawn` changes the owners of all files of
    the container instead. `nixos-nspawn` changes them back when it starts the container without this option.
  '';

  volatile = flag defaults.volatile ''
    Whether changes to the container's root are kept in memory, and are lost when the container stops. Unlike
    `ephemeral`, nothing is copied at a start. The state directory remains as it is. Bind mounts are not affected.
  '';

  zone = mkOption {
    type = types.nullOr own.zone;
    default = defaults.zone;
    example = "internal";
    description = ''
      Network zone of the container. The containers of a zone share one network, whose interface on the host is
      `vz-ZONE`. See `Zone=` of {manpage}`systemd.nspawn(5)`.
    '';
  };

  wants = order "wants" [ "cache" ] ''
    Containers and units of the host that start before this container, whenever it starts. Unlike with `requires`, this
    container also starts if they fail, and continues to run if they are stopped.

    The entries are as in `after`. See `Wants=` of {manpage}`systemd.unit(5)`.
  '';
}
