# An imperative container as its user builds it elsewhere, for `create --profile`.
{ pkgs, name }:
modules:
(import ../../lib.nix).mkContainer {
  inherit pkgs name;
  system = pkgs.stdenv.hostPlatform.system;
  modules = [ { system.stateVersion = pkgs.lib.trivial.release; } ] ++ modules;
}
