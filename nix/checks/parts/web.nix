# A configuration for `create --config`.
{ lib, ... }:
{
  imports = [ (import ./serves.nix "from a file") ];
  system.stateVersion = lib.trivial.release;
}
