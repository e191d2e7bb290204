# The .nspawn file of a container: systemd.nspawn(5).
{
  mounts,
  store,
  devices,
  environment,
  users,
}:
let
  inherit (builtins)
    attrNames
    filter
    listToAttrs
    map
    toString
    ;
  yesNo = value: if value then "yes" else "no";
  unlessNull = name: value: if value == null then { } else { ${name} = value; };
  unlessEmpty = name: value: if value == [ ] then { } else { ${name} = value; };

  port =
    {
      hostPort,
      containerPort ? null,
      protocol ? "tcp",
      ...
    }:
    "${protocol}:${toString hostPort}:${toString (if containerPort == null then hostPort else containerPort)}";
in
# Sections of keys. The values of a list are written as several lines with the same key.
{
  settings,
  # The NixOS system that runs in the container.
  toplevel,
}:
let
  binds = map mounts.parse settings.bindMounts;
  writable = filter (bind: !bind.readOnly) binds;
  readOnly = filter (bind: bind.readOnly) binds;
  text = bind: bind.text;
  daemonSocket = settings.sharedNix && settings.mountDaemonSocket;
  # Nix's directories on the host. Without the database, Nix in the container would treat the whole store as garbage.
  # Clients of the daemon look for channels in the profiles.
  nix =
    if settings.sharedNix then
      store.shared settings (
        [
          "/nix/store"
          "/nix/var/nix/db"
        ]
        ++ (if daemonSocket then [ "/nix/var/nix/profiles" ] else [ ])
      )
    else
      { };
in
{
  Exec = {
    # NixOS's init is a script that executes systemd, which reports when it has booted.
    Boot = false;
    NotifyReady = true;
    Parameters = "${toplevel}/init";
    KillSignal = "SIGRTMIN+3";
    Ephemeral = yesNo settings.ephemeral;
    PrivateUsers = users.of settings;
    # The same value as in systemd's template unit. With "guest", the start fails if the journal's directory on the host
    # is not empty.
    LinkJournal =
      if settings.linkJournal != null then
        settings.linkJournal
      else if settings.ephemeral then
        "auto"
      else
        "try-guest";
    # Use the time zone of the container's configuration. Otherwise nspawn mounts the host's time zone over it.
    Timezone = "off";
  }
  # systemd-nspawn cannot delete the copy of an ephemeral container if it contains an immutable file, and NixOS makes
  # /var/empty immutable. Without the capability, NixOS cannot do that, and ignores the failure.
  // unlessEmpty "DropCapability" (
    (if settings.ephemeral then [ "CAP_LINUX_IMMUTABLE" ] else [ ]) ++ settings.capabilities.drop
  )
  // unlessEmpty "Capability" settings.capabilities.add
  // unlessEmpty "Environment" (environment.lines settings.environment)
  // (if settings.noNewPrivileges then { NoNewPrivileges = true; } else { })
  // unlessNull "ResolvConf" settings.resolvConf
  // unlessNull "SystemCallFilter" settings.systemCallFilter
  // listToAttrs (
    map (name: {
      name = "Limit${name}";
      value = toString settings.limits.${name};
    }) (attrNames settings.limits)
  );

  Files = {
    # systemd-nspawn does not change owners in a volatile root.
    PrivateUsersOwnership =
      if settings.userNamespacing then
        "auto"
      else if settings.volatile then
        "off"
      else
        "chown";
    Bind = map text writable ++ devices.binds settings.devices;
    BindReadOnly =
      map text readOnly
      ++ nix.BindReadOnly or [ ]
      # Clients only need to connect. If the directory were writable, a client could replace the host's socket.
      ++ (if daemonSocket then [ (store.bind settings "/nix/var/nix/daemon-socket") ] else [ ]);
  }
  // (if nix ? OverlayReadOnly then { inherit (nix) OverlayReadOnly; } else { })
  // unlessEmpty "TemporaryFileSystem" settings.tmpfs;

  Network =
    unlessNull "Bridge" settings.bridge
    // unlessNull "Zone" settings.zone
    // unlessEmpty "Interface" settings.interfaces
    // unlessEmpty "VirtualEthernetExtra" (
      map (link: "${link}:${settings.extraVeths.${link}.interface}") (attrNames settings.extraVeths)
    )
    // {
      Port = map port settings.forwardPorts;
    }
    // (
      # With any key for the network, systemd-nspawn adds a link only if one of the keys says so.
      if
        settings.zone != null
        || settings.hostNetworkConfig != null
        || settings.persistLeases != null
        || settings.interfaces != [ ]
        || settings.extraVeths != { }
      then
        {
          Private = true;
          VirtualEthernet = "yes";
        }
      else
        { }
    )
    // settings.nspawnNetwork or { };
}
