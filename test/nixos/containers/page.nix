# A web server with one page.
text:
{ pkgs, ... }:
{
  system.stateVersion = "24.11";
  networking.firewall.allowedTCPPorts = [ 80 ];
  services.nginx = {
    enable = true;
    virtualHosts.localhost = {
      default = true;
      root = pkgs.writeTextDir "index.html" "hello from ${text}\n";
    };
  };
}
