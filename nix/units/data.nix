# data.json: the container's settings for the command line tool, for plugins and for other tools. Fields that the Python
# tool reads keep their meaning. docs/data-json.md lists all fields.
{
  mounts,
  devices,
  order,
}:
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
  # Always strings in the format of Bind=. `binds` has the same mounts as attribute sets.
  bindMounts = map (bind: bind.text) binds;
  binds = map (bind: builtins.removeAttrs bind [ "text" ]) binds;
  devices = map devices.parse settings.devices;
  after = order.parsed settings.after;
  wants = order.parsed settings.wants;
  requires = order.parsed settings.requires;
  activation = settings.activation // {
    reloadScript =
      if settings.activation.reloadScript == null then null else toString settings.activation.reloadScript;
  };
}
