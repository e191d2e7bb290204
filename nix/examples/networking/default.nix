# A web server in a container, reachable through a port of the host.
{
  system.stateVersion = "26.05";

  # A basic web server, without TLS.
  services.nginx = {
    enable = true;
    virtualHosts.localhost.default = true;
  };
  networking.firewall.allowedTCPPorts = [ 80 ];

  # Forward a port of the host. IMPORTANT: systemd-nspawn configures nftables so
  # that this works even if the host's firewall blocks the port.
  nixosContainer.forwardPorts = [
    {
      hostPort = 8181;
      containerPort = 80;
    }
  ];
}
