# A hash of everything in a container's host side that takes a restart to change. Two generations with the same key
# differ only in what a reload applies. This is what the strategy "dynamic" compares.
{
  nspawn,
  service,
  settings,
  toplevel,
}:
let
  exec = builtins.removeAttrs nspawn.Exec [ "Parameters" ];
  # The store paths of a container that does not share the store are bound at its start.
  bound = if settings.sharedNix then null else toplevel;
in
builtins.hashString "sha256" (
  builtins.unsafeDiscardStringContext (
    builtins.toJSON [
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
  )
)
