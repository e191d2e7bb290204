# The .nspawn file of a container: systemd.nspawn(5).
{
  mounts,
  store,
  devices,
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
    PrivateUsers = if settings.userNamespacing then "pick" else "no";
    # The same value as in systemd's template unit. With "guest", the start fails if the journal's directory on the host
    # is not empty.
    LinkJournal = if settings.ephemeral then "auto" else "try-guest";
    # Use the time zone of the container's configuration. Otherwise nspawn mounts the host's time zone over it.
    Timezone = "off";
  }
  # systemd-nspawn cannot delete the copy of an ephemeral container if it contains an immutable file, and NixOS makes
  # /var/empty immutable. Without the capability, NixOS cannot do that, and ignores the failure.
  // (if settings.ephemeral then { DropCapability = [ "CAP_LINUX_IMMUTABLE" ]; } else { })
  // unlessNull "SystemCallFilter" settings.systemCallFilter
  // listToAttrs (
    map (name: {
      name = "Limit${name}";
      value = toString settings.limits.${name};
    }) (attrNames settings.limits)
  );

  Files = {
    PrivateUsersOwnership = if settings.userNamespacing then "auto" else "chown";
    Bind = map text writable ++ devices.binds settings.devices;
    BindReadOnly =
      map text readOnly
      ++ nix.BindReadOnly or [ ]
      # Clients only need to connect. If the directory were writable, a client could replace the host's socket.
      ++ (if daemonSocket then [ (store.bind settings "/nix/var/nix/daemon-socket") ] else [ ]);
  }
  // (if nix ? OverlayReadOnly then { inherit (nix) OverlayReadOnly; } else { });

  Network =
    unlessNull "Bridge" settings.bridge
    // unlessNull "Zone" settings.zone
    // {
      Port = map port settings.forwardPorts;
    }
    // (
      if settings.zone != null || settings.hostNetworkConfig != null || settings.persistLeases != null then
        {
          Private = true;
          VirtualEthernet = "yes";
        }
      else
        { }
    )
    // settings.nspawnNetwork or { };
}
