# Several containers in one network.
{
  imports = [ ./default.nix ];

  nixosContainer.zone = "myzone";
}
