# A container of a flake, with additional presets and the host's defaults, for `nixos-nspawn create --flake`.
{
  # A locked reference.
  flake,
  # JSON text: the names of the attribute path, outermost first.
  attribute,
  # JSON text: [ { "module": "/path.nix", "parameters": { } } ]
  presets ? "[]",
  # Path of the file with the host's defaults. Empty if there is none.
  hostDefaults ? "",
}:
let
  path = builtins.fromJSON attribute;
  # In the format of Nix's command line.
  rendered = builtins.concatStringsSep "." (
    map (
      name: if builtins.match "[A-Za-z_][A-Za-z0-9_'-]*" name != null then name else "\"${name}\""
    ) path
  );
  missing = throw "flake '${flake}' does not provide attribute '${rendered}'";
  container = builtins.foldl' (
    set: name: if builtins.isAttrs set then set.${name} or missing else missing
  ) (builtins.getFlake flake) path;
  presetModules = (import ./presets.nix).fromJSON presets;
  modules = import ./defaults-file.nix hostDefaults ++ presetModules;
in
if modules == [ ] then
  container
else if container ? extendModules then
  container.extendModules { inherit modules; }
else if presetModules == [ ] then
  throw "The container '${rendered}' of the flake '${flake}' accepts no defaults of the host (${hostDefaults}), because this version of `nixos-nspawn.lib.mkContainer' did not create it. Use that function, or create the container from its built configuration (`--profile'), to which the defaults do not apply."
else
  throw "The container '${rendered}' of the flake '${flake}' accepts no presets, because this version of `nixos-nspawn.lib.mkContainer' did not create it. Use that function, or create the container without presets."
