# A part of the configuration of a host.
{
  nixos.containers.mycontainer = {
    # The NixOS configuration of the container.
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
