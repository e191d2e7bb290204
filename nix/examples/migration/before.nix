# A container of NixOS's `containers` module.
{
  containers.mycontainer = {
    config =
      { pkgs, ... }:
      {
        services.nginx = {
          enable = true;
          virtualHosts.localhost.default = true;
        };
        networking.firewall.allowedTCPPorts = [ 80 ];
      };

    bindMounts = {
      "/home" = {
        hostPath = "/home/alice";
        isReadOnly = false;
      };
    };

    # `hostAddress` and `localAddress` have no effect without this option.
    privateNetwork = true;
    hostAddress = "10.231.136.1";
    localAddress = "10.231.136.2";
  };
}
