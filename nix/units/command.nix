# The command line of the service, if a container needs more than that of systemd's template unit.
{ quoting, devices }:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    isList
    ;
  inherit (quoting) word;

  # systemd decrypts an encrypted credential for the service, and nspawn receives it by its name.
  loadCredential =
    credential:
    if credential.encrypted or false then
      "--load-credential=${credential.id}:${credential.id}"
    else
      "--load-credential=${credential.id}:${credential.path}";

  # The options that stand for keys of the section [Files].
  mountOptions = {
    Bind = "--bind";
    BindReadOnly = "--bind-ro";
    Inaccessible = "--inaccessible";
    Overlay = "--overlay";
    OverlayReadOnly = "--overlay-ro";
    TemporaryFileSystem = "--tmpfs";
  };
  toList = value: if isList value then value else [ value ];
  mounts =
    files:
    concatMap (key: map (value: "${mountOptions.${key}}=${value}") (toList files.${key})) (
      filter (key: files ? ${key}) (attrNames mountOptions)
    );
  hasNetwork = network: removeAttrs network [ "Port" ] != { };
in
{
  settings,
  # The sections of the container's .nspawn file.
  nspawn,
  systemdBin,
}:
let
  inherit (settings) credentials;
  # The mounts of a .nspawn file replace those of the command line, or the other way round; systemd-nspawn does not use
  # both (merge_settings in src/nspawn/nspawn.c). So if the command line has mounts, it has all of them. The command line
  # then has priority, and has no other options that the .nspawn file sets.
  hasMounts = devices.found settings.devices != [ ];
  own =
    map (credential: word (loadCredential credential)) credentials
    ++ (
      if settings.networkNamespace == null then
        [ ]
      else
        [ (word "--network-namespace-path=${settings.networkNamespace}") ]
    )
    ++ (if hasMounts then map word (mounts nspawn.Files) ++ [ "\$${devices.variable}" ] else [ ]);
  # systemd-nspawn cannot add a link to a network namespace that exists already.
  link = if settings.networkNamespace == null then [ "--network-veth" ] else [ ];
  # The template's command line in systemd 256 to 262, units/systemd-nspawn@.service.in.
  template =
    if hasMounts then
      [
        "--quiet"
        "--keep-unit"
      ]
      ++ (if hasNetwork nspawn.Network then [ ] else link)
      ++ [ "--settings=yes" ]
    else
      [
        "--quiet"
        "--keep-unit"
        "--boot"
        "--link-journal=try-guest"
      ]
      ++ link
      ++ [
        "-U"
        "--settings=override"
      ];
in
# The values of ExecStart=. The empty value removes the one of systemd's template unit.
if own == [ ] then
  [ ]
else
  [
    ""
    (concatStringsSep " " ([ "${systemdBin}systemd-nspawn" ] ++ own ++ template ++ [ "--machine=%i" ]))
  ]
