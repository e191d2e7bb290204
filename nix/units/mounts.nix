# Bind mounts: their syntax and meaning.
{ quoting }:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    isString
    length
    match
    ;
  inherit (quoting) bindPath isPlainPath splitBind;

  # systemd.nspawn(5), Bind=: an empty source is a new temporary directory, and `+` begins a path in the container.
  isSource = source: source == "" || isPlainPath source || match "[+]/.*" source != null;

  # "host:container:options". Only the first part is required.
  fromString =
    text:
    let
      parts = splitBind text;
      part = index: if length parts > index then elemAt parts index else null;
      source = part 0;
    in
    {
      hostPath = source;
      containerPath = if part 1 == null then source else part 1;
      options = if part 2 == null then [ ] else [ (part 2) ];
      readOnly = false;
      create = false;
      inherit text;
    };

  fromAttrs =
    mount:
    let
      options = mount.options or [ ];
      containerPath = mount.containerPath or null;
      target = if containerPath == null then mount.hostPath else containerPath;
    in
    {
      inherit (mount) hostPath;
      containerPath = target;
      inherit options;
      readOnly = mount.readOnly or false;
      create = mount.create or false;
      text = concatStringsSep ":" (
        [ (bindPath mount.hostPath) ]
        ++ (if target == mount.hostPath && options == [ ] then [ ] else [ (bindPath target) ])
        ++ (if options == [ ] then [ ] else [ (concatStringsSep "," options) ])
      );
    };
in
rec {
  # systemd.nspawn(5), Bind=.
  knownOptions = [
    "rbind"
    "norbind"
    "idmap"
    "noidmap"
    "rootidmap"
    "owneridmap"
  ];

  # A mount of either form as { hostPath, containerPath, options, readOnly, create, text }; `text` is the value of Bind=.
  parse = mount: if isString mount then fromString mount else fromAttrs mount;

  # The problem of a mount; null if there is none.
  problem =
    mount:
    let
      parts = splitBind mount;
      parsed = parse mount;
      options = concatStringsSep "," parsed.options;
      given = if options == "" then [ ] else builtins.filter isString (builtins.split "," options);
    in
    if isString mount && quoting.hasControlCharacter mount then
      "contains a line break or another control character"
    else if isString mount && length parts > 3 then
      "has more than three parts between colons (a colon of a path is written \\:)"
    else if isString mount && match ".*[ ]" mount != null then
      "ends in a space, which systemd would remove"
    else if !isSource parsed.hostPath then
      "has a path on the host that is not absolute, leads upwards or ends in a space"
    else if !isPlainPath parsed.containerPath then
      "has a path in the container that is not absolute, leads upwards or ends in a space"
    else if builtins.any (option: option == "ro" || option == "rw") given then
      "has the option `ro' or `rw'; use an attribute set with `readOnly' instead"
    else if !builtins.all (option: builtins.elem option knownOptions) given then
      "has options that systemd-nspawn does not know"
    else
      null;

  # "path[:options]", TemporaryFileSystem= of systemd.nspawn(5).
  isTmpfs =
    text:
    length (splitBind text) <= 2
    && isPlainPath (tmpfsPath text)
    && match ".*[[:space:]\"'].*" text == null
    && match ".*:" text == null;
  tmpfsPath = text: builtins.head (splitBind text);

  # The host paths that must be mounted before the container starts.
  requiredPaths =
    mounts: builtins.filter (path: builtins.substring 0 1 path == "/") (map (mount: (parse mount).hostPath) mounts);
}
