# Makes a container shut down and boot sooner.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkDefault mkIf optionalAttrs;

  # Only the host and other containers are on the link.
  isPrivate = config.nixosContainer.bridge == null;
in
{
  config = lib.mkMerge [
    (mkIf config.networking.useNetworkd {
      # The host's DHCP server starts when the link gets its carrier, which is when the container raises its end.
      # networkd would raise it and send its first request at the same moment. This request is often lost, and the next
      # one follows four seconds later (RFC 2131, section 4.1).
      systemd.services.raise-host0 = {
        description = "Raise the link to the host";
        before = [ "systemd-networkd.service" ];
        wantedBy = [ "systemd-networkd.service" ];
        unitConfig = {
          DefaultDependencies = false;
          ConditionPathExists = "/sys/class/net/host0";
        };
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
        };
        restartIfChanged = false;
        path = [ pkgs.iproute2 ];
        # As networkd does. Otherwise the kernel configures addresses until networkd manages the link.
        script = ''
          acceptRA=/proc/sys/net/ipv6/conf/host0/accept_ra
          if [ -w $acceptRA ]; then echo 0 >$acceptRA; fi
          ${lib.optionalString isPrivate ''
            # Duplicate address detection takes one to two seconds, for which network-online.target waits. It can find
            # nothing, because systemd-nspawn derives the link's hardware addresses from the container's name.
            detection=/proc/sys/net/ipv6/conf/host0/accept_dad
            if [ -w $detection ]; then echo 0 >$detection; fi
          ''}${lib.optionalString (config.nixosContainer.macAddress != null) ''
            ip link set host0 address ${config.nixosContainer.macAddress}
          ''}ip link set host0 up
        '';
      };
    })

    # systemd starts no mount unit while it limits how often it reads the mount table: for up to a second after the sixth
    # mount of a second. A container has that many early in its boot. Then `/run/wrappers`, and all that follows, would
    # have to wait (docs/ENVIRONMENT.md of systemd).
    (optionalAttrs (options.systemd ? managerEnvironment) {
      systemd.managerEnvironment.SYSTEMD_DEFAULT_MOUNT_RATE_LIMIT_BURST = mkDefault "100";
    })

    # There is nothing to unmount after a container's root directory, so it needs no other root directory for that.
    (optionalAttrs (options.systemd ? shutdownRamfs) {
      systemd.shutdownRamfs.enable = mkDefault false;
    })
  ];
}
