# The command lines that switch a running container to a NixOS system.
{ quoting, store }:
{
  settings,
  # The container's NixOS system, as a path in the container.
  toplevel,
  systemdBin ? "",
}:
let
  inside = "${systemdBin}systemd-run --quiet --machine=%i --collect --no-ask-password --pipe --service-type=exec";
  switch = "${inside} ${
    quoting.commandLine [
      "${toplevel}/bin/switch-to-configuration"
      "test"
    ]
  }";
  # Use a path that every NixOS has, because the overlay may have cached that the path of the new system does not exist.
  forget = "-${inside} --setenv=PATH=/run/current-system/sw/bin ${
    quoting.commandLine [
      "/run/current-system/sw/bin/sh"
      "-c"
      store.forget
    ]
  }";
in
if store.isOverlay settings then
  [
    forget
    switch
  ]
else
  switch
