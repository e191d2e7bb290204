# A hash of everything on the host's side of a container that only a restart can change. Generations with the same hash
# differ only in what a reload can change. The strategy "dynamic" compares this hash.
{ families }:
{
  # With the keys of newer versions of systemd.
  nspawn,
  service,
  settings,
  toplevel,
  # `system.switch` of the container's NixOS.
  switch,
}:
let
  exec = builtins.removeAttrs nspawn.Exec (
    [ "Parameters" ]
    ++ (
      if families.isDefault (nspawn.Exec.RestrictAddressFamilies or null) then
        [ "RestrictAddressFamilies" ]
      else
        [ ]
    )
  );
  # In NixOS 24.11 and 25.05, `enableNg` also provides switch-to-configuration. In later versions, reading it is an error.
  hasSwitch = switch.enable or true || (builtins.tryEval (switch.enableNg or false)).value;
  # If a container does not share the store, its store paths are mounted when it starts. Without
  # switch-to-configuration, only a start applies a new configuration.
  bound = if settings.sharedNix && hasSwitch then null else toplevel;
  # If one of these changes, NixOS refuses to switch a running system.
  inhibitors = switch.inhibitors or { };
in
builtins.hashString "sha256" (
  builtins.unsafeDiscardStringContext (
    builtins.toJSON (
      [
        exec
        nspawn.Files
        nspawn.Network
        # The order matters only when a container starts.
        (builtins.removeAttrs (service.unitConfig or { }) [
          "After"
          "Requires"
          "Wants"
        ])
        # NixOS sets these for each service. Every update of the packages changes their store paths.
        (builtins.removeAttrs (service.environment or { }) [
          "LOCALE_ARCHIVE"
          "PATH"
          "TZDIR"
        ])
        (builtins.removeAttrs service.serviceConfig [
          "ExecReload"
          # The script that prepares the state directory. Every update of the packages changes its store path.
          "ExecStartPre"
          "TimeoutStartSec"
        ])
        bound
      ]
      ++ (if inhibitors == { } then [ ] else [ inhibitors ])
      # The container sets it when it boots.
      ++ (if settings.macAddress or null == null then [ ] else [ settings.macAddress ])
    )
  )
)
