# An imperative container that was built elsewhere, for `create --profile`.
{ pkgs, name }:
modules:
(import ../../lib.nix).mkContainer {
  inherit pkgs name;
  system = pkgs.stdenv.hostPlatform.system;
  modules = [ { system.stateVersion = pkgs.lib.trivial.release; } ] ++ modules;
}
