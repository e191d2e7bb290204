# Problems of the settings as a whole, which the types of single options cannot find. Each is a sentence that names the
# container and the options.
{
  families,
  mounts,
  names,
  networks,
  devices,
  order,
  environment,
  users,
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
  targets =
    map (mount: (mounts.parse mount).containerPath) settings.bindMounts
    ++ map mounts.tmpfsPath settings.tmpfs;

  # Options that need a network of the container's own.
  ofOwnNetwork =
    map (option: option.name) (
      filter (option: option.isSet) [
        {
          name = "bridge";
          isSet = settings.bridge != null;
        }
        {
          name = "extraVeths";
          isSet = settings.extraVeths != { };
        }
        {
          name = "forwardPorts";
          isSet = settings.forwardPorts != [ ];
        }
        {
          name = "hostNetworkConfig";
          isSet = settings.hostNetworkConfig != null;
        }
        {
          name = "interfaces";
          isSet = settings.interfaces != [ ];
        }
        {
          name = "macAddress";
          isSet = settings.macAddress != null;
        }
        {
          name = "persistLeases";
          isSet = settings.persistLeases != null;
        }
        {
          name = "zone";
          isSet = settings.zone != null;
        }
      ]
    );
  isBoth = capability: builtins.elem capability settings.capabilities.drop;
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
++ unless (settings.privateUsers == null || settings.userNamespacing == users.isNamespaced settings.privateUsers)
  "Container `${name}': `privateUsers = ${toJSON settings.privateUsers}' contradicts `userNamespacing = ${toJSON settings.userNamespacing}'. Remove `userNamespacing', which `privateUsers' implies."
++ map (
  capability: "Container `${name}': `capabilities' both adds and drops ${capability}."
) (filter isBoth settings.capabilities.add)
++ map (
  variable: "Container `${name}': `environment.${variable}' is not a valid name of a variable. A name has letters, digits and underscores, and does not begin with a digit."
) (filter (variable: !environment.isName variable) (attrNames settings.environment))
++ map (
  variable: "Container `${name}': `environment.${variable}' cannot be set, because systemd-nspawn sets this variable."
) (filter environment.isReserved (attrNames settings.environment))
++ map (
  path: "Container `${name}': `tmpfs' contains ${path}, which would hide the Nix store or the whole root."
) (filter (path: match "/|/nix(/store|/var|/var/nix)?/?" path != null) (map mounts.tmpfsPath settings.tmpfs))
++ unless (!settings.volatile || !settings.ephemeral)
  "Container `${name}': `volatile' and `ephemeral' exclude each other. `volatile' keeps changes in memory, `ephemeral' in a copy of the root."
++ unless (!settings.ephemeral || settings.linkJournal == null || settings.linkJournal == "no" || settings.linkJournal == "auto")
  "Container `${name}': `linkJournal = ${toJSON settings.linkJournal}' is not possible with `ephemeral', because each start has another machine ID."
++ unless (settings.networkNamespace == null || ofOwnNetwork == [ ])
  "Container `${name}': `networkNamespace' excludes ${concatStringsSep ", " (map (option: "`${option}'") ofOwnNetwork)}, because systemd-nspawn does not change the network of a namespace that exists already."
++ map (
  interface: "Container `${name}': `interfaces' and `extraVeths' contain the interface ${interface} of the container twice."
) (
  repeated (interface: interface) (
    [ "host0" ]
    ++ map names.movedTo settings.interfaces
    ++ map (link: settings.extraVeths.${link}.interface) (attrNames settings.extraVeths)
  )
)
++ map (
  link: "Container `${name}': `extraVeths.${link}' is not a valid name of an additional link. It has at most 15 letters, digits, dashes, dots and underscores, and begins with `ve-', or with `vb-' for a link at a bridge."
) (filter (link: !names.isExtraVeth link) (attrNames settings.extraVeths))
++ map (
  link: "Container `${name}': `extraVeths.${link}' is the name of the container's own link."
) (filter (link: link == "ve-${name}" || link == "vb-${name}") (attrNames settings.extraVeths))
++ unless (settings.sharedNix || !settings.mountDaemonSocket)
  "Container `${name}': `mountDaemonSocket' needs `sharedNix'. Otherwise the container would not see what the daemon builds."
++ map (
  port: "Container `${name}': `forwardPorts' contains ${port} of the host twice."
) (repeated (forward: "${forward.protocol or "tcp"} port ${toString forward.hostPort}") settings.forwardPorts)
++ map (
  target: "Container `${name}': `bindMounts' ${if settings.tmpfs == [ ] then "contains" else "and `tmpfs' contain"} the path ${target} of the container twice."
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
    "extraVeths"
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
  ++ map (
    unit: "Container `${name}': `${kind}' contains ${unit}, which starts after the containers. Remove it."
  ) (filter (unit: builtins.elem unit (order.later settings)) settings.${kind})
) order.kinds
++ concatMap (
  unit:
  unless (names.isHostNetwork unit)
    "Container `${name}': `hostNetworks.${unit}' is not named after an interface of a container, like `20-ve-${name}'."
) (attrNames settings.hostNetworks)
