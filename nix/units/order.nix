# The order of a container: which containers and units of the host start before it, and which must run.
#
# An entry of `after`, `wants` or `requires` is the name of a container or, if it has the ending of a unit, a unit of the
# host. The unit of a container is accepted too.
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    foldl'
    head
    isString
    match
    stringLength
    ;
  names = import ./names.nix;

  ending = "[.](service|socket|device|mount|automount|swap|target|path|timer|slice|scope)";
  # unit_name_is_valid() of systemd. A template without an instance cannot be started.
  isUnit =
    text:
    match "[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\@-]+)?${ending}" text != null && stringLength text <= 255;
  # Names that end like a unit are units.
  isContainer = text: names.isContainer text && match ".*${ending}" text == null;

  unitOf = container: "systemd-nspawn@${container}.service";
  containerOf =
    unit:
    let
      found = match "systemd-nspawn@(.+)[.]service" unit;
    in
    if found == null || !names.isContainer (head found) then null else head found;

  unique = foldl' (found: item: if elem item found then found else found ++ [ item ]) [ ];
in
rec {
  kinds = [
    "after"
    "wants"
    "requires"
  ];

  isEntry = text: isString text && (isUnit text || isContainer text);

  # An entry as { container, unit }. `container` is null for other units of the host.
  parse =
    entry:
    if isUnit entry then
      {
        container = containerOf entry;
        unit = entry;
      }
    else
      {
        container = entry;
        unit = unitOf entry;
      };

  # Units of the host that start after a container, so it cannot start after them. The command finds others.
  later =
    settings:
    [
      "default.target"
      "graphical.target"
      "machines.target"
      "multi-user.target"
    ]
    # It waits for the containers that it starts.
    ++ (if settings.declarative then [ ] else [ "nixos-nspawn-autostart.service" ]);

  # The entries in this form, without repetitions.
  parsed = entries: unique (map parse entries);

  units = entries: map (entry: entry.unit) (parsed entries);

  # Everything that starts before the container. A container that needs another one starts after it. With `Requires=`
  # alone, systemd would start both at the same time (systemd.unit(5)).
  before = settings: units (settings.after ++ settings.wants ++ settings.requires);

  # The containers among these entries.
  containers = entries: filter isString (map (entry: entry.container) (parsed entries));

  # The containers that an entry names by their own names, and not by the names of their units.
  named = entries: filter isContainer entries;

  # Of containers by name, one that starts after itself, as a list that begins and ends with its name; null if there is
  # none. `follows` has the names of those that start before each. systemd breaks such a cycle by not starting one of the
  # units.
  cycle =
    follows:
    let
      # Those that follow another one of them. What remains at the end follows itself, or one that does.
      rest =
        left:
        let
          still = filter (name: builtins.any (other: elem other left) follows.${name}) left;
        in
        if builtins.length still == builtins.length left then left else rest still;
      circular = rest (attrNames follows);
      walk =
        path: name:
        if elem name path then
          from name path ++ [ name ]
        else
          walk (path ++ [ name ]) (head (filter (other: elem other circular) follows.${name}));
      from = name: path: if head path == name then path else from name (builtins.tail path);
    in
    if circular == [ ] then null else walk [ ] (head circular);
}
