# The names under which a flake has containers. No container is evaluated further than to tell a container from the
# set of a system's containers.
{
  # A reference that builtins.getFlake takes.
  flake,
  system ? builtins.currentSystem,
}:
let
  all = (builtins.getFlake flake).nixosContainers or { };
  # Systems and containers stand side by side; the name of a system is `CPU-KERNEL`.
  isSystem = name: builtins.match "[a-z0-9_]+-(linux|darwin|freebsd|netbsd|openbsd)" name != null;
in
{
  perSystem = builtins.attrNames (all.${system} or { });
  plain = builtins.filter (name: !isSystem name) (builtins.attrNames all);
}
