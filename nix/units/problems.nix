# Problems of the settings as a whole, which the types of single options cannot find. Each is a sentence that names the
# container and the options.
{
  families,
  mounts,
  names,
  networks,
  devices,
  order,
}:
{ name, settings }:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    groupBy
    length
    match
    toJSON
    toString
    ;
  unless = holds: sentence: if holds then [ ] else [ sentence ];
  repeated =
    key: values:
    let
      groups = groupBy key values;
    in
    filter (group: length groups.${group} > 1) (attrNames groups);

  canReload = settings.activation.strategy != "reload" || settings.activation.reloadScript != null;
  # Without its own users, there are no ids to map to, and systemd-nspawn does not start. (rootidmap and owneridmap map to
  # the owner of the path.)
  isMapped =
    mount: match "(.*,)?idmap(,.*)?" (concatStringsSep "," mount.options) != null;
  mapped = filter isMapped (map mounts.parse settings.bindMounts);
  used = map devices.parse settings.devices;
  targets = map (mount: (mounts.parse mount).containerPath) settings.bindMounts;
in
unless (names.isContainer name)
  "Container `${name}': this is not a valid name for a machine. A name has 1 to 64 letters, digits, dashes and dots. No part between dots is empty, or begins or ends with a dash. Names that end in `.raw', `.v' or `.mstack' are reserved for images."
++ unless (settings.zone == null || settings.hostNetworkConfig == null)
  "Container `${name}': `zone' and `hostNetworkConfig' exclude each other, because a link in a zone has no address of its own on the host. Configure the zone: `nixos.containers.zones.${toString settings.zone}'."
++ unless (settings.zone == null || settings.bridge == null)
  "Container `${name}': `zone' and `bridge' exclude each other, because a link can be in only one of them."
++ unless (settings.bridge == null || settings.hostNetworkConfig == null)
  "Container `${name}': `bridge' and `hostNetworkConfig' exclude each other, because a link at a bridge has no address of its own on the host. Configure the bridge `${toString settings.bridge}'."
++ unless (settings.persistLeases == null || (settings.zone == null && settings.bridge == null))
  "Container `${name}': `persistLeases' needs a link of the container's own, which does not exist with `zone' or `bridge'."
++ unless (settings.sharedNix || canReload)
  "Container `${name}': with `sharedNix = false', `activation.strategy = \"reload\"' cannot work, because the store paths of a new configuration are mounted at a start. Use \"restart\" or \"dynamic\", or set `activation.reloadScript'."
++ unless (settings.sharedNix || !settings.mountDaemonSocket)
  "Container `${name}': `mountDaemonSocket' needs `sharedNix'. Otherwise the container would not see what the daemon builds."
++ map (
  port: "Container `${name}': `forwardPorts' contains ${port} of the host twice."
) (repeated (forward: "${forward.protocol or "tcp"} port ${toString forward.hostPort}") settings.forwardPorts)
++ map (
  target: "Container `${name}': `bindMounts' contains the path ${target} of the container twice."
) (repeated (target: target) targets)
++ unless (settings.userNamespacing || mapped == [ ])
  "Container `${name}': `bindMounts' maps the owners of ${concatStringsSep ", " (map (mount: mount.containerPath) mapped)} (idmap), which needs `userNamespacing = true'."
++ map (
  path: "Container `${name}': `bindMounts' and `devices' both mount ${path}. Remove it from `bindMounts'."
) (filter (path: builtins.elem path targets) (map (device: device.path) (filter (device: device.path != null) used)))
++ map (
  device: "Container `${name}': `devices' contains ${device} twice."
) (repeated devices.name used)
++ concatMap (
  device:
  unless (device.path != null || device.class != null)
    "Container `${name}': an entry of `devices' has neither `path' nor `class'."
  ++ unless (device.path == null || !devices.isPattern device.path || device.class != null)
    "Container `${name}': `devices' has the pattern ${toString device.path} without `class'. systemd permits devices by path or by class, but not by a pattern of paths. The classes are the names in /proc/devices, such as `char-drm'."
  ++ unless (device.path != null || !device.optional)
    "Container `${name}': `devices' has the class ${toString device.class} with `optional', which only has a meaning for a `path'."
) used
++ unless (settings.sharedNix || devices.found settings.devices == [ ])
  "Container `${name}': with `sharedNix = false', `devices' cannot have optional entries or patterns (${concatStringsSep ", " (map devices.name (devices.found settings.devices))})."
++ map (
  id: "Container `${name}': `credentials' contains the id ${id} twice."
) (repeated (credential: credential.id) settings.credentials)
++ map (
  key: "Container `${name}': `nspawnNetwork' contains ${toJSON key}, which is not a key of systemd.nspawn(5)."
) (filter (key: match "[A-Za-z0-9]+" key == null) (attrNames settings.nspawnNetwork))
++ map (option: "Container `${name}': `${option}' contains a line break or another control character.") (
  concatMap (option: networks.brokenLines option settings.${option}) [
    "containerNetworkConfig"
    "hostNetworkConfig"
    "hostNetworks"
  ]
)
++ unless (families.missing settings [ "AF_UNIX" ] == [ ])
  "Container `${name}': `restrictAddressFamilies' does not contain AF_UNIX, without which systemd does not start in the container."
++ concatMap (
  kind:
  unless (!builtins.elem name (order.containers settings.${kind}))
    "Container `${name}': `${kind}' contains the container itself. Remove it."
) order.kinds
++ concatMap (
  unit:
  unless (names.isHostNetwork unit)
    "Container `${name}': `hostNetworks.${unit}' is not named after an interface of a container, like `20-ve-${name}'."
) (attrNames settings.hostNetworks)
