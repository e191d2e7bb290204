# A part of the configuration of a host with agenix.
{ config, ... }:
{
  age.secrets.web-token.file = ./web-token.age;

  nixos.containers.web = {
    activation.onCredentialChange = "restart";
    credentials = [
      {
        id = "token";
        inherit (config.age.secrets.web-token) path;
      }
    ];
    config.systemd.services.app.serviceConfig.LoadCredential = "token:token";
  };
}
