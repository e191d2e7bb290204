# The closures of `count` containers that start at boot: PREFIX-1, PREFIX-2, …
{
  prefix ? "bench",
  count,
  autoStart ? true,
}:
builtins.genList (
  index:
  (import ../test/fixtures/flake/container.nix { }).container {
    inherit autoStart;
    name = "${prefix}-${toString (index + 1)}";
  }
) count
