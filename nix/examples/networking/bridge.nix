# A container at a bridge of the host. The bridge must exist.
{
  imports = [ ./default.nix ];

  nixosContainer.bridge = "mybridge";
}
