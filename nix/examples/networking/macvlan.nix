# The container in the network of one of the host's interfaces. `example` is the container's own name.
{
  imports = [ ./default.nix ];

  systemd.nspawn.example.settings.Network.MACVLAN = "eth1";

  # In the container, the interface is named after the host's. It gets its address from that network.
  systemd.network.networks."20-mv-eth1" = {
    matchConfig.Name = "mv-eth1";
    networkConfig.DHCP = "yes";
  };
}
