# The same container with nixos-nspawn.
{
  nixos.containers.mycontainer = {
    # Unchanged system configuration
    config =
      { pkgs, ... }:
      {
        services.nginx = {
          enable = true;
          virtualHosts.localhost.default = true;
        };
        networking.firewall.allowedTCPPorts = [ 80 ];
      };

    # New mount configuration
    bindMounts = [
      "/home/alice:/home"
    ];

    # New networking configuration
    # The blank entry clears any inherited addresses.
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
