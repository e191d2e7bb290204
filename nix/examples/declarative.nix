# A part of a host's configuration.
{
  nixos.containers.mycontainer = {
    # This option houses the actual system configuration.
    config = {
      services.nginx = {
        enable = true;
        virtualHosts.localhost.default = true;
      };
      networking.firewall.allowedTCPPorts = [ 80 ];
    };

    bindMounts = [
      "/var/lib/host/path:/var/lib/container/path"
    ];
  };
}
