# The examples in the declarations of `nixosContainer` as settings, for the given names of options.
{
  lib,
  options,
  pkgs,
}:
let
  # An example that is not a plain value is text.
  value =
    { example, ... }:
    if example._type or null == "literalExpression" then
      import (builtins.toFile "example.nix" "pkgs: ${example.text}") pkgs
    else
      example;
  setting =
    name:
    let
      path = lib.splitString "." name;
    in
    lib.setAttrByPath path (value (lib.getAttrFromPath path options.nixosContainer));
in
names: lib.foldl' lib.recursiveUpdate { } (map setting names)
