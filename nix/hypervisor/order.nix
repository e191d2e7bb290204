# Problems of the order of a host's declarative containers, which no container can find alone.
{
  # The settings of each container, by name.
  settings,
}:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    genList
    length
    mapAttrs
    ;
  inherit ((import ../units)) order;

  known = attrNames settings;
  missing = concatLists (
    map (
      name:
      concatMap (
        kind:
        map (
          other:
          "nixos.containers.${name}.${kind}: this host declares no container `${other}'. Declare it, or write `systemd-nspawn@${other}.service' for a container that the nixos-nspawn command manages."
        ) (filter (other: !elem other known) (order.named settings.${name}.${kind}))
      ) order.kinds
    ) known
  );

  # A container that follows itself is a problem of its own.
  follows = mapAttrs (
    name: own:
    filter (other: other != name && elem other known) (
      order.containers (concatMap (kind: own.${kind}) order.kinds)
    )
  ) settings;
  cycle = order.cycle follows;
  relations = genList (index: "${elemAt cycle index} after ${elemAt cycle (index + 1)}") (length cycle - 1);
in
missing
++ (
  if cycle == null then
    [ ]
  else
    [
      "nixos.containers: these containers cannot start, because each starts after another one of them: ${concatStringsSep ", " relations}. Remove one of these from `after', `wants' or `requires' of the container."
    ]
)
