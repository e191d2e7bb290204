# What is wrong with settings as a whole, beyond what the type of one option can tell. Sentences, each naming the
# container and the options.
{
  mounts,
  names,
  networks,
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
  # systemd-nspawn does not start then: there is nothing to map to. (rootidmap and owneridmap map to whoever owns the path.)
  isMapped =
    mount: match "(.*,)?idmap(,.*)?" (concatStringsSep "," mount.options) != null;
  mapped = filter isMapped (map mounts.parse settings.bindMounts);
  targets = map (mount: (mounts.parse mount).containerPath) settings.bindMounts;
in
unless (names.isContainer name)
  "Container `${name}': this is no name for a machine. It takes 1 to 64 letters, digits, dashes and dots, and no part between dots is empty or begins or ends with a dash. The endings `.raw', `.v' and `.mstack' are those of images."
++ unless (settings.zone == null || settings.hostNetworkConfig == null)
  "Container `${name}': `zone' and `hostNetworkConfig' exclude each other, for its link has no address of its own on the host. Configure the zone: `nixos.containers.zones.${toString settings.zone}'."
++ unless (settings.zone == null || settings.bridge == null)
  "Container `${name}': `zone' and `bridge' exclude each other; its link can be in one of them."
++ unless (settings.bridge == null || settings.hostNetworkConfig == null)
  "Container `${name}': `bridge' and `hostNetworkConfig' exclude each other, for its link has no address of its own on the host. Configure the bridge `${toString settings.bridge}'."
++ unless (settings.persistLeases == null || (settings.zone == null && settings.bridge == null))
  "Container `${name}': `persistLeases' is for the container's own link, which it does not have in a `zone' or `bridge'."
++ unless (settings.sharedNix || canReload)
  "Container `${name}': with `sharedNix' off, `activation.strategy = \"reload\"' cannot work: the store paths of a new configuration are bound at a start. Use \"restart\" or \"dynamic\", or set `activation.reloadScript'."
++ unless (settings.sharedNix || !settings.mountDaemonSocket)
  "Container `${name}': `mountDaemonSocket' needs `sharedNix'; what the daemon builds would not be there."
++ map (
  port: "Container `${name}': `forwardPorts' has ${port} of the host twice."
) (repeated (forward: "${forward.protocol or "tcp"} port ${toString forward.hostPort}") settings.forwardPorts)
++ map (
  target: "Container `${name}': `bindMounts' has ${target} in the container twice."
) (repeated (target: target) targets)
++ unless (settings.userNamespacing || mapped == [ ])
  "Container `${name}': `bindMounts' maps the owners of ${concatStringsSep ", " (map (mount: mount.containerPath) mapped)} (idmap), for which the container must have users of its own: set `userNamespacing = true'."
++ map (
  id: "Container `${name}': `credentials' has the id ${id} twice."
) (repeated (credential: credential.id) settings.credentials)
++ map (
  key: "Container `${name}': `nspawnNetwork' has the key ${toJSON key}, which is none of systemd.nspawn(5)."
) (filter (key: match "[A-Za-z0-9]+" key == null) (attrNames settings.nspawnNetwork))
++ map (option: "Container `${name}': `${option}' holds a line break or another control character.") (
  concatMap (option: networks.brokenLines option settings.${option}) [
    "containerNetworkConfig"
    "hostNetworkConfig"
    "hostNetworks"
  ]
)
++ concatMap (
  unit:
  unless (names.isHostNetwork unit)
    "Container `${name}': `hostNetworks.${unit}' is not named for an interface that containers have, like `20-ve-${name}'."
) (attrNames settings.hostNetworks)
