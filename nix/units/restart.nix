# A hash of everything in a container's host side that takes a restart to change. Two generations with the same key
# differ only in what a reload applies. This is what the strategy "dynamic" compares.
{
  nspawn,
  service,
  settings,
  toplevel,
  # `system.switch` of the container's NixOS.
  switch,
}:
let
  exec = builtins.removeAttrs nspawn.Exec [ "Parameters" ];
  # In NixOS 24.11 and 25.05 `enableNg` is another way to have the script; later, asking for it is an error.
  hasSwitch = switch.enable or true || (builtins.tryEval (switch.enableNg or false)).value;
  # The store paths of a container that does not share the store are bound at its start. Without
  # switch-to-configuration, only a start applies anything.
  bound = if settings.sharedNix && hasSwitch then null else toplevel;
  # NixOS refuses to switch a running system where one of these changed.
  inhibitors = switch.inhibitors or { };
in
builtins.hashString "sha256" (
  builtins.unsafeDiscardStringContext (
    builtins.toJSON (
      [
        exec
        nspawn.Files
        nspawn.Network
        (service.unitConfig or { })
        # NixOS gives each service these, whose store paths every update of the packages changes.
        (builtins.removeAttrs (service.environment or { }) [
          "LOCALE_ARCHIVE"
          "PATH"
          "TZDIR"
        ])
        (builtins.removeAttrs service.serviceConfig [
          "ExecReload"
          # The preparation of the state directory, whose store path every update of the packages changes.
          "ExecStartPre"
          "TimeoutStartSec"
        ])
        bound
      ]
      ++ (if inhibitors == { } then [ ] else [ inhibitors ])
    )
  )
)
