# Plain data as Nix source, which evaluates to the same data.
{ lib }:
let
  # toPretty breaks strings into lines, which lose their common indentation, and a list must not contain `-1` or `1e-06`.
  text = value: {
    __pretty = lib.strings.escapeNixString;
    val = value;
  };
  number = value: {
    __pretty = own: ''(builtins.fromJSON "${builtins.toJSON own}")'';
    val = value;
  };
  exact =
    value:
    if builtins.isAttrs value then
      lib.mapAttrs (_: exact) value
    else if builtins.isList value then
      map exact value
    else if builtins.isString value then
      text value
    else if builtins.isFloat value || (builtins.isInt value && value < 0) then
      number value
    else
      value;
in
value: lib.generators.toPretty { allowPrettyValues = true; } (exact value)
