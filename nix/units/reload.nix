# The command line that has a running container switch to a NixOS system.
{ quoting }:
{
  # Of the container's, as its own service manager sees it.
  toplevel,
  systemdBin ? "",
}:
"${systemdBin}systemd-run --quiet --machine=%i --collect --no-ask-password --pipe --service-type=exec ${
  quoting.commandLine [
    "${toplevel}/bin/switch-to-configuration"
    "test"
  ]
}"
