# The container in a network of the host's, by a bridge that the host has made.
{
  imports = [ ./default.nix ];

  nixosContainer.bridge = "mybridge";
}
