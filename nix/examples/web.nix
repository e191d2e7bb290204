# web.nix: a NixOS configuration, and what the container is on its host
{
  system.stateVersion = "26.05";
  services.nginx = { enable = true; virtualHosts.localhost.default = true; };
  networking.firewall.allowedTCPPorts = [ 80 ];
  nixosContainer.forwardPorts = [ { hostPort = 8181; containerPort = 80; } ];
}
