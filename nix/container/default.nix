# A container from its evaluation: the closure as a derivation that can be looked into and extended.
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
      # The same container with further NixOS modules, as an evaluation of its own. Takes what lib.evalModules' does.
      extendModules = arguments: fromEvaluation (evaluation.extendModules arguments);
    };
in
if units.names.isContainer name then
  fromEvaluation
else
  throw "${builtins.toJSON name} is no name for a container. It takes 1 to 64 letters, digits, dashes and dots, and no part between dots is empty or begins or ends with a dash."
