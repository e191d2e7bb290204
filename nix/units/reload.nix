# The command lines that have a running container switch to a NixOS system.
{ quoting, store }:
{
  settings,
  # Of the container's, as its own service manager sees it.
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
  # By the path of every NixOS, for the new system's own may be one of those that have to be forgotten.
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
