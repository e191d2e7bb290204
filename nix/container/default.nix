# A container from its evaluation: the closure as a derivation, with attributes to inspect and extend it.
{ name }:
let
  units = import ../units;
  fromEvaluation =
    evaluation:
    let
      container = import ./build.nix { inherit name evaluation; };
    in
    container.closure {
      inherit (evaluation) config options pkgs;
      inherit (container) files data;
      # The same container with additional NixOS modules. The arguments are those of extendModules of lib.evalModules.
      extendModules = arguments: fromEvaluation (evaluation.extendModules arguments);
    };
in
if units.names.isContainer name then
  fromEvaluation
else
  throw "${builtins.toJSON name} is not a valid name for a container. A name has 1 to 64 letters, digits, dashes and dots. No part between dots is empty, or begins or ends with a dash."
