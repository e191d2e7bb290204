# nixpkgs' settings formats, as far as modules of NixOS that small containers use write files in them.
{ lib }:
final: _:
let
  inherit (lib.types)
    attrsOf
    anything
    ;
  format = type: text: _: {
    inherit type;
    generate = name: value: final.writeText name (text value);
  };
  ini = lib.generators.toINI;
in
{
  formats = {
    json = format anything builtins.toJSON;
    # YAML has JSON within it.
    yaml = format anything builtins.toJSON;
    ini = format (attrsOf anything) (ini { });
    systemd = format (attrsOf anything) (ini { listsAsDuplicateKeys = true; }) { };
    keyValue = format (attrsOf anything) (lib.generators.toKeyValue { });
  };
}
