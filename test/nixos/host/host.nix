# A NixOS host, which runs in a container of the test host but does not detect this. A file that imports this one adds
# the declarations of the host.
{ lib, pkgs, ... }:
{
  imports = [ ../../../nix/hypervisor.nix ];

  system.stateVersion = "24.11";
  networking.hostName = "nixhost";
  networking.useNetworkd = true;
  nixos.containers = {
    package = import ./package.nix pkgs;
    openFirewall = true;
    enableNat = true;
  };
  environment.systemPackages = [ pkgs.curl ];

  # As on the test host, root builds without a daemon, and there is no binary cache.
  nix.settings = {
    experimental-features = [
      "nix-command"
      "flakes"
    ];
    sandbox = false;
    build-users-group = "";
    substituters = lib.mkForce [ ];
    flake-registry = "";
    fsync-metadata = false;
  };
  # The builders of this nixpkgs use it as their interpreter.
  systemd.tmpfiles.rules = [ "L /bin/bash - - - - ${pkgs.bash}/bin/bash" ];

  # The kernel, its modules and the boot loader are not part of this system.
  debianPrograms.enable = true;
  boot.kernel.enable = false;
  boot.modprobeConfig.enable = false;
  boot.initrd.enable = false;
  boot.bootspec.enable = false;
  boot.loader.grub.enable = false;
  system.build.installBootLoader = "${pkgs.coreutils}/bin/true";
  fileSystems."/" = {
    device = "none";
    fsType = "none";
  };
  # systemd-nspawn has already mounted these file systems.
  system.activationScripts.specialfs = lib.mkForce "";
  services.udev.enable = false;
  services.lvm.enable = false;
  console.enable = false;
  systemd.network.wait-online.enable = false;
}
