# The .nspawn file of a container: systemd.nspawn(5).
{ mounts }:
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
# Sections of keys; a list is a key that stands several times.
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
  # With user namespaces, root of the container owns what root of the host owns there.
  idmap = if settings.userNamespacing then ":rootidmap" else "";
  same = path: "${path}:${path}${idmap}";
  daemonSocket = settings.sharedNix && settings.mountDaemonSocket;
in
{
  Exec = {
    # NixOS's init is a script that becomes systemd, which reports when it has booted.
    Boot = false;
    NotifyReady = true;
    Parameters = "${toplevel}/init";
    KillSignal = "SIGRTMIN+3";
    Ephemeral = yesNo settings.ephemeral;
    PrivateUsers = if settings.userNamespacing then "pick" else "no";
    LinkJournal = if settings.ephemeral then "auto" else "guest";
  }
  // unlessNull "SystemCallFilter" settings.systemCallFilter
  // listToAttrs (
    map (name: {
      name = "Limit${name}";
      value = toString settings.limits.${name};
    }) (attrNames settings.limits)
  );

  Files = {
    PrivateUsersOwnership = if settings.userNamespacing then "auto" else "chown";
    Bind = map text writable ++ (if daemonSocket then [ (same "/nix/var/nix/daemon-socket") ] else [ ]);
    BindReadOnly =
      map text readOnly
      ++ (
        if settings.sharedNix then
          [
            (same "/nix/store")
            (same "/nix/var/nix/profiles")
          ]
        else
          [ ]
      )
      ++ (if daemonSocket then [ (same "/nix/var/nix/db") ] else [ ]);
  };

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
