# In the module list of this NixOS: makes Debian's programs work, and disables what needs packages that do not exist.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkDefault mkForce;
in
{
  options.debianPrograms.enable = lib.mkOption {
    type = lib.types.bool;
    default = config.boot.isContainer;
    description = "Whether the programs of this system are Debian's.";
  };

  config = lib.mkIf config.debianPrograms.enable {
    # Debian's programs look for their loader, their libraries and a few programs at fixed paths. These must exist
    # before NixOS's own init runs, because Debian's bash runs it.
    system.systemBuilderCommands = lib.mkAfter ''
      mv $out/init $out/init-nixos
      cat >$out/init <<END
      #!${pkgs.busybox}/bin/sh
      link() { ${pkgs.busybox}/bin/busybox ln -sfn "\$@"; }
      ${pkgs.busybox}/bin/busybox mkdir -p /usr/bin /root
      for part in lib lib64 libexec share sbin; do link ${pkgs.debian}/usr/\$part /usr/\$part; done
      for part in lib lib64 sbin; do link usr/\$part /\$part; done
      for program in mount umount sh perl; do link ${pkgs.debian}/usr/bin/\$program /usr/bin/\$program; done
      # NixOS's systemd looks for programs without a directory in its own package.
      link ${config.systemd.package}/bin/* /usr/bin/
      exec $out/init-nixos "\$@"
      END
      chmod +x $out/init
    '';

    # Debian's mount cannot put a mount beneath another one. The name makes this snippet run before /etc is mounted.
    system.activationScripts.debianMount = lib.mkIf config.system.etc.overlay.enable ''
      mount() {
        if [ "$1 $2" = "--move --beneath" ]; then
          ${pkgs.move-mount-beneath}/bin/move-mount "$@"
        else
          command mount "$@"
        fi
      }
    '';

    documentation.enable = mkDefault false;
    documentation.man.enable = mkDefault false;
    documentation.info.enable = mkDefault false;
    documentation.nixos.enable = mkDefault false;
    programs.command-not-found.enable = mkDefault false;
    fonts.fontconfig.enable = mkDefault false;
    xdg.mime.enable = mkDefault false;
    xdg.icons.enable = mkDefault false;
    xdg.sounds.enable = mkDefault false;
    # It would use the path of the loader.
    environment.stub-ld.enable = mkForce false;
    nix.checkConfig = mkDefault false;
    # Debian's C library does not read LOCALE_ARCHIVE.
    i18n.defaultLocale = mkDefault "C.UTF-8";
    # It fails with Debian's programs when its timer starts it at a full hour.
    services.logrotate.enable = mkDefault false;
    # Debian does not have nsncd. Its C library finds its modules in /usr/lib.
    services.nscd.enable = mkDefault false;
    system.nssModules = mkForce [ ];
    # Debian's nginx would use /var/lib/nginx, which does not exist.
    services.nginx.commonHttpConfig = ''
      client_body_temp_path /tmp/nginx_client_body;
      proxy_temp_path /tmp/nginx_proxy;
      fastcgi_temp_path /tmp/nginx_fastcgi;
      uwsgi_temp_path /tmp/nginx_uwsgi;
      scgi_temp_path /tmp/nginx_scgi;
    '';
    services.nginx.validateConfigFile = mkDefault false;
  };
}
