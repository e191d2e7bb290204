# web.nix: a NixOS configuration, with the container's settings on its host
{
  system.stateVersion = "26.05";
  services.nginx = { enable = true; virtualHosts.localhost.default = true; };
  networking.firewall.allowedTCPPorts = [ 80 ];
  nixosContainer.forwardPorts = [ { hostPort = 8181; containerPort = 80; } ];
}
