# nixpkgs' settings formats that the modules of small containers use.
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
    # JSON is valid YAML.
    yaml = format anything builtins.toJSON;
    ini = format (attrsOf anything) (ini { });
    systemd = format (attrsOf anything) (ini { listsAsDuplicateKeys = true; }) { };
    keyValue = format (attrsOf anything) (lib.generators.toKeyValue { });
  };
}
