# A web server that responds with one line. A file in /etc contains the same text.
text: {
  services.nginx = {
    enable = true;
    virtualHosts.localhost = {
      default = true;
      locations."/".return = "200 '${text} for $remote_addr\\n'";
    };
  };
  environment.etc.says.text = text;
  networking.firewall.allowedTCPPorts = [ 80 ];
  # Not needed, and takes time to build.
  documentation.enable = false;
}
