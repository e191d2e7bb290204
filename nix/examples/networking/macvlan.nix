# A container in the network of an interface of the host. `example` is the name of the container.
{
  imports = [ ./default.nix ];

  systemd.nspawn.example.settings.Network.MACVLAN = "eth1";

  # The interface in the container is named after that of the host. It gets its address from the network.
  systemd.network.networks."20-mv-eth1" = {
    matchConfig.Name = "mv-eth1";
    networkConfig.DHCP = "yes";
  };
}
