# A web server that answers with one line, and says in /etc what it answers.
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
  # Less to build; nothing here reads it.
  documentation.enable = false;
}
