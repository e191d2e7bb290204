# data.json: the container's settings for the command line tool, for plugins and for other tools.
# Names that the Python tool reads keep their meaning; others stand beside them. docs/data-json.md has the list.
{ mounts }:
settings:
let
  binds = map mounts.parse settings.bindMounts;
in
builtins.removeAttrs settings [
  "config"
  "nixpkgs"
  "nspawnNetwork"
  "presetModules"
]
// {
  schema = 1;
  # Always text, in the form of Bind=; `binds` says the same in parts.
  bindMounts = map (bind: bind.text) binds;
  binds = map (bind: builtins.removeAttrs bind [ "text" ]) binds;
  activation = settings.activation // {
    reloadScript =
      if settings.activation.reloadScript == null then null else toString settings.activation.reloadScript;
  };
}
