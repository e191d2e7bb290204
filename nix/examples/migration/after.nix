# The same container with nixos-nspawn.
{
  nixos.containers.mycontainer = {
    # The NixOS configuration is unchanged.
    config =
      { pkgs, ... }:
      {
        services.nginx = {
          enable = true;
          virtualHosts.localhost.default = true;
        };
        networking.firewall.allowedTCPPorts = [ 80 ];
      };

    # The mounts have a new format.
    bindMounts = [
      "/home/alice:/home"
    ];

    # The network has new options. The empty entry removes the default addresses.
    hostNetworkConfig.address = [
      ""
      "10.231.136.1/28"
    ];
    containerNetworkConfig.address = [
      ""
      "10.231.136.2/28"
    ];
  };
}
