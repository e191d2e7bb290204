# The host's side of an imperative container: this project's units, merged with the definitions of `systemd.nspawn.NAME`,
# `systemd.services."systemd-nspawn@NAME"` and `systemd.network.networks."20-ve-NAME"` in the container's configuration.
#
# This evaluates only the types of these three options. Evaluating a NixOS for the host would take twice as long.
{
  name,
  # The container's evaluation, from eval-config.nix.
  evaluation,
}:
let
  inherit (evaluation) config options;
  inherit (evaluation.pkgs) lib;
  units = import ../units;
  define = import ./definitions.nix { inherit lib; };
  inherit (import ../network-options.nix { inherit lib; }) networkOptions;

  settings = config.nixosContainer;
  inherit (config.system.build) toplevel;

  # Merges our definitions with the user's, by the type of the option.
  merge =
    option: key: ours:
    let
      theirs = lib.concatMap (
        definition:
        lib.optional (definition.value ? ${key}) {
          inherit (definition) file;
          value = definition.value.${key};
        }
      ) option.definitionsWithLocations;
      all =
        map (value: {
          file = "nixos-nspawn";
          inherit value;
        }) ours
        ++ theirs;
    in
    (lib.mergeDefinitions (option.loc ++ [ key ]) option.type.nestedTypes.elemType all).mergedValue;

  sections = units.nspawn { inherit settings toplevel; };

  nspawn = units.volatile settings (
    import ./sections.nix (merge options.systemd.nspawn name [ (define.nspawn sections) ])
  );

  service = units.service {
    inherit name settings nspawn;
    reload = units.reload { inherit settings toplevel; };
  };

  vethUnit = units.networks.vethUnit name;
  isDefined = unit: lib.any (definition: definition.value ? ${unit}) options.systemd.network.networks.definitionsWithLocations;
  network = unit: ours: merge options.systemd.network.networks unit ours;
in
{
  inherit nspawn;

  service = merge options.systemd.services "systemd-nspawn@${name}" [ (define.service service) ];

  # A unit of the user for the container's link extends ours. Without our [Match], it would apply to all interfaces.
  networks =
    lib.optionalAttrs (units.networks.hasOwnVeth settings || isDefined vethUnit) {
      ${vethUnit} = network vethUnit [
        (networkOptions (units.networks.veth name settings) (
          if settings.hostNetworkConfig == null then { } else settings.hostNetworkConfig
        ))
      ];
    }
    // lib.concatMapAttrs (
      link: own:
      lib.optionalAttrs (own.hostNetworkConfig != null) {
        ${units.networks.extraVethUnit link} = network (units.networks.extraVethUnit link) [
          (networkOptions (units.networks.extraVeth link) own.hostNetworkConfig)
        ];
      }
    ) settings.extraVeths
    // lib.mapAttrs (unit: own: network unit [ own ]) settings.hostNetworks;
}
