# The container in the network of one of the host's interfaces. `example` is the container's own name.
{
  imports = [ ./default.nix ];

  systemd.nspawn.example.settings.Network.MACVLAN = "eth1";
}
