# The options of a container, for both kinds: `nixosContainer` in a container's own configuration, and
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
in
{
  declarative = mkOption {
    type = types.bool;
    default = declarative;
    readOnly = true;
    description = ''
      Whether the container belongs to the configuration of a NixOS host (declarative) or was made by the
      `nixos-nspawn` command (imperative). Follows from where it is defined.
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
        How a running container takes on a new configuration.

        - `restart`: it is restarted.
        - `reload`: its NixOS switches to the new configuration while it runs.
        - `dynamic`: it is restarted if something has changed that takes a restart (mounts, network, limits and
          the like), else reloaded.
        - `none`: it goes on as it is until it is restarted.
      '';
    };

    reloadScript = mkOption {
      type = types.nullOr own.program;
      default = defaults.activation.reloadScript;
      # A file beside the configuration goes to the store with it, and stays as long as the container needs it.
      apply = script: if builtins.isPath script then "${script}" else script;
      example = literalExpression ''pkgs.writeShellScript "reload" "machinectl shell web /run/current-system/sw/bin/nginx -s reload"'';
      description = ''
        Program that runs on the host in place of the container's own switch when the container is reloaded.
      '';
    };

    autoStart = flag defaults.activation.autoStart ''
      Whether the container starts when its host boots.
    '';
  };

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
            readOnly = flag false "Whether the container may only read it.";
            options = mkOption {
              type = types.listOf own.bindOption;
              default = [ ];
              example = [ "idmap" ];
              description = "Options of the mount: `rbind`, `norbind`, `idmap`, `rootidmap`, `owneridmap`, `noidmap`.";
            };
            create = flag false ''
              Whether to make the directory on the host before the container starts, if nothing is there.
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
      Paths of the host to show in the container: either text of the form `hostPath[:containerPath[:options]]` as
      in `Bind=` of {manpage}`systemd.nspawn(5)`, where a colon of a path is written `\:`, or an attribute set. The
      container waits for the file systems that hold them.
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

  containerNetworkConfig = mkOption {
    type = types.nullOr own.networkd;
    default = defaults.containerNetworkConfig;
    example = literalExpression ''{ address = [ "fd12::2/64" ]; }'';
    description = ''
      Options for the container's interface `host0`. See {option}`systemd.network.networks` for all of them.

      If `null`, systemd's defaults hold: DHCP, link-local addresses and LLDP. Prefer this over
      `systemd.network.networks.host0`: it keeps those defaults where you say nothing else. An empty text in a list,
      such as `address`, takes away what the defaults have in it.
    '';
  };

  credentials = mkOption {
    type = types.listOf (
      types.submodule {
        options = {
          id = mkOption {
            type = own.credentialId;
            example = "database-password";
            description = "Name under which services in the container find the credential.";
          };
          path = mkOption {
            type = own.credentialPath;
            example = "/run/secrets/database-password";
            description = ''
              Path of the credential on the host, or the name of one that the host's own service manager was given.
            '';
          };
          encrypted = flag false ''
            Whether the file is encrypted by {manpage}`systemd-creds(1)`. The host decrypts it at each start; its
            plain text is never on a disk.
          '';
        };
      }
    );
    default = defaults.credentials;
    example = literalExpression ''[ { id = "token"; path = "/etc/credstore.encrypted/token"; encrypted = true; } ]'';
    description = ''
      Credentials for the container's service manager. A service in the container takes one over by
      `systemd.services.<name>.serviceConfig.LoadCredential = "token:token"`. See {manpage}`systemd.exec(5)`.
    '';
  };

  ephemeral = flag defaults.ephemeral ''
    Whether the container forgets everything at each stop: its root is a fresh copy at each start.
  '';

  forwardPorts = mkOption {
    type = types.listOf (
      types.submodule {
        options = {
          hostPort = mkOption {
            type = own.port;
            example = 8080;
            description = "Port of the host.";
          };
          containerPort = mkOption {
            type = types.nullOr own.port;
            default = null;
            example = 80;
            description = "Port of the container; the same as the host's if `null`.";
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
      Ports of the host that lead to the container. The host's own firewall does not apply to them. They answer on
      the host's addresses but not on its loopback, see `--port` of {manpage}`systemd-nspawn(1)`.
    '';
  };

  hostNetworkConfig = mkOption {
    type = types.nullOr own.networkd;
    default = defaults.hostNetworkConfig;
    example = literalExpression ''{ ipv6Prefixes = [ { Prefix = "fd12::/64"; Assign = true; } ]; }'';
    description = ''
      Options for the host's end `ve-NAME` of the container's link. See {option}`systemd.network.networks` for all of
      them. For containers with a link of their own only, not for those in a `zone` or `bridge`.

      If `null`, systemd's defaults hold: a free private IPv4 subnet, DHCP for the container, and masquerading, so
      that it reaches the internet. What you say is added to those defaults. An empty text in a list, such as
      `address`, takes away what the defaults have in it.
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
      Further {manpage}`systemd.network(5)` units on the host for interfaces of this container, by their names:
      two digits, then `-ve-`, `-vb-`, `-vz-`, `-mv-` or `-ipvlan-` and the rest of the interface's name. Each stands
      for itself: nothing is added to it.
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
      Limits that each process of the container is born with, by their names in {manpage}`getrlimit(2)` without
      `RLIMIT_`. For what the container may take as a whole, see `resources`.
    '';
  };

  mountDaemonSocket = flag defaults.mountDaemonSocket ''
    Whether the container reaches the host's Nix daemon, so that it can build and fetch packages. Without
    `userNamespacing`, the daemon takes the container's root for the host's root and trusts it.
  '';

  nspawnNetwork = mkOption {
    type = types.attrsOf (types.either own.line (types.listOf own.line));
    default = defaults.nspawnNetwork;
    example = literalExpression ''{ MACVLAN = "eth0"; VirtualEthernet = "no"; }'';
    description = ''
      Further keys of the section `[Network]` of {manpage}`systemd.nspawn(5)`, in place of what the other options
      make of them.
    '';
  };

  persistLeases = mkOption {
    type = types.nullOr (
      types.either types.bool (types.enum [ "runtime" ])
    );
    default = defaults.persistLeases;
    example = true;
    description = ''
      Whether the host remembers which address it gave the container by DHCP: `true` keeps it over a reboot of the
      host, `"runtime"` (systemd 258 or newer) over a restart of the container. systemd decides if `null`.
    '';
  };

  plugins = mkOption {
    type = types.attrsOf own.json;
    default = defaults.plugins;
    example = literalExpression ''{ health.units = [ "nginx.service" ]; }'';
    description = ''
      Settings for plugins of the `nixos-nspawn` command, by the plugin's name. They are carried to the plugin as
      they are; it says what they mean.
    '';
  };

  presets = mkOption {
    type = types.listOf own.json;
    default = defaults.presets;
    internal = true;
    description = "The presets that took part in this configuration, for the record.";
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
        Processor time that the container may take at most; `100%` is one whole processor.
      '';
      cpuWeight = setting "cpuWeight" own.weight 50 ''
        The container's share of the processors when they are busy, between 1 and 10000; others have 100.
      '';
      ioWeight = setting "ioWeight" own.weight 50 ''
        The container's share of disks when they are busy, between 1 and 10000; others have 100.
      '';
      memoryHigh = setting "memoryHigh" own.bytes "768M" ''
        Memory above which the container is slowed down.
      '';
      memoryMax = setting "memoryMax" own.bytes "1G" ''
        Memory that the container may have at most; above it, processes of it are killed.
      '';
      tasksMax = setting "tasksMax" own.amount 4096 ''
        How many tasks (processes and threads) the container may have.
      '';
    };

  sharedNix = flag defaults.sharedNix ''
    Whether the container sees the host's whole Nix store. If not, it sees only the store paths that its own
    configuration needs, and a new configuration takes a restart. Each generation then has a copy of these paths in
    the host's store. A file system with reflinks shares the space, and so does `nix store optimise`.

    The store is read-only in the container in either case, and the container's own `nix.gc`, `nix.optimise` and
    Nix daemon do not run.
  '';

  systemCallFilter = mkOption {
    type = types.nullOr own.line;
    default = defaults.systemCallFilter;
    example = "@known ~@clock";
    description = ''
      System calls to allow beside the usual ones or, after `~`, to deny. See `SystemCallFilter=` of
      {manpage}`systemd.nspawn(5)`.
    '';
  };

  timeoutStartSec = mkOption {
    type = own.timespan;
    default = defaults.timeoutStartSec;
    example = "5min";
    description = ''
      How long the container may take to boot. After that the start has failed.
    '';
  };

  userNamespacing = flag defaults.userNamespacing ''
    Whether the container has users of its own: its root is nobody on the host. The mounts that every container has
    are mapped accordingly, which not every file system can do.

    Where the file system of `/var/lib/machines` cannot map ids, {command}`systemd-nspawn` changes the owners of all files of
    the container instead. `nixos-nspawn` changes them back when it starts the container without this option.
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
}
