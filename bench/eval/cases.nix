# The same NixOS, evaluated as a container of this project or as a bare container.
{
  # Path of a nixpkgs.
  nixpkgs,
  case,
  # "ours" or "bare"
  as,
}:
let
  path = /. + nixpkgs;
  modules = {
    "a container with an empty configuration" = { };
    "a web server" = {
      services.nginx = {
        enable = true;
        virtualHosts.localhost.default = true;
      };
      networking.firewall.allowedTCPPorts = [ 80 ];
    };
    "a web server and a database" = {
      services.nginx.enable = true;
      services.redis.servers."".enable = true;
      services.openssh.enable = true;
    };
  };
  # Settings of this project. The bare container does not have them.
  settings."a web server and a database".nixosContainer = {
    bindMounts = [ "/srv/data:/var/lib/data" ];
    forwardPorts = [
      {
        hostPort = 8080;
        containerPort = 80;
      }
    ];
    resources.memoryMax = "1G";
    credentials = [
      {
        id = "password";
        path = "/run/secrets/password";
      }
    ];
    hostNetworkConfig.networkConfig.IPv6SendRA = "no";
    plugins.health.units = [ "nginx.service" ];
  };
  module = {
    imports = [ modules.${case} ];
    system.stateVersion = "24.11";
  };
in
{
  ours =
    ((import ../../nix/lib.nix).mkContainer {
      nixpkgs = path;
      name = "box";
      system = "x86_64-linux";
      modules = [
        module
        (settings.${case} or { })
      ];
    }).drvPath;

  bare =
    (import (path + "/nixos/lib/eval-config.nix") {
      lib = import (path + "/lib");
      system = null;
      modules = [
        module
        {
          boot.isContainer = true;
          networking = {
            hostName = "box";
            useNetworkd = true;
            useHostResolvConf = false;
          };
          nixpkgs.hostPlatform = "x86_64-linux";
        }
      ];
    }).config.system.build.toplevel.drvPath;
}
.${as}
