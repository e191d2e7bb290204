# A plain configuration, as for `create --config`.
{
  imports = [ (import ./serves.nix "from a file") ];
  system.stateVersion = "26.05";
}
