# The host's file of defaults for containers, as a list of NixOS modules. The path is empty if there is no file.
path:
if path == "" then
  [ ]
else
  [
    (import ./host-defaults.nix {
      source = path;
      settings = import (/. + path);
    })
  ]
