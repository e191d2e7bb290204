# sudo nixos-nspawn create --config imperative.nix mycontainer
{
  system.stateVersion = "26.05";
  services.nginx = {
    enable = true;
    virtualHosts.localhost.default = true;
  };
  networking.firewall.allowedTCPPorts = [ 80 ];
}
