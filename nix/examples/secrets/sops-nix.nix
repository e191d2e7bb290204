# A part of the configuration of a host with sops-nix.
{ config, ... }:
{
  sops.defaultSopsFile = ./secrets.yaml;
  # sops-nix restarts the container if an activation of the host changes the secret.
  sops.secrets.web-token.restartUnits = [ "systemd-nspawn@web.service" ];

  nixos.containers.web = {
    credentials = [
      {
        id = "token";
        inherit (config.sops.secrets.web-token) path;
      }
    ];
    config.systemd.services.app.serviceConfig.LoadCredential = "token:token";
  };
}
