# What one declarative container adds to its host's configuration.
{
  config,
  lib,
  pkgs,
  name,
  # The container's evaluation, from eval-config.nix.
  evaluation,
}:
let
  units = import ../units;
  define = import ../container/definitions.nix { inherit lib; };
  inherit (import ../network-options.nix { inherit lib; }) networkOptions;
  sectionsOf = import ../container/sections.nix;

  settings = evaluation.config.nixosContainer;
  inherit (settings) activation;
  inherit (evaluation.config.system.build) toplevel;
  service = "systemd-nspawn@${name}";
  vethUnit = units.networks.vethUnit name;

  # Includes the definitions of the host's configuration.
  common = units.volatile settings (sectionsOf config.systemd.nspawn.${name});
  # The option `systemd.nspawn` of older versions of NixOS refuses the keys of a newer systemd, so add them to its value.
  nspawn =
    if lib.versionAtLeast (lib.getVersion config.systemd.package) (toString units.families.since) then
      units.families.add settings common
    else
      common;

  # Refer to the system through /etc. If the unit contained its path, each new system would restart the container.
  systems = "nixos-nspawn/systems";
  # switch-to-configuration exits with 4 if any unit has failed. Ignore units that had failed before the reload.
  # Otherwise each later switch of the host would fail too.
  reload = pkgs.writeShellScript "nixos-nspawn-reload" ''
    failed() {
      ${config.systemd.package}/bin/systemctl --machine="$1" list-units --state=failed --plain --no-legend |
        ${pkgs.coreutils}/bin/cut -d ' ' -f 1 | ${pkgs.coreutils}/bin/sort
    }
    system=$(${pkgs.coreutils}/bin/readlink -e "/etc/${systems}/$1") || exit 1
    ${lib.optionalString (units.store.isOverlay settings) ''
      ${config.systemd.package}/bin/systemd-run --quiet --machine="$1" --collect --no-ask-password --pipe \
        --service-type=exec --setenv=PATH=/run/current-system/sw/bin \
        /run/current-system/sw/bin/sh -c ${units.quoting.shell units.store.forget} || true
    ''}
    before=$(failed "$1")
    ${config.systemd.package}/bin/systemd-run --quiet --machine="$1" --collect --no-ask-password --pipe \
      --service-type=exec "$system/bin/switch-to-configuration" test
    status=$?
    [ $status -eq 4 ] || exit $status
    after=$(failed "$1")
    fresh=$(${pkgs.coreutils}/bin/comm -13 <(echo "$before") <(echo "$after"))
    if [ -n "$after" ] && [ -z "$fresh" ]; then exit 0; fi
    echo "These units of container $1 have failed since the reload:" $fresh >&2
    exit 4
  '';

  unit = units.service {
    inherit name settings nspawn;
    reload = "${reload} %i";
    systemdBin = "${config.systemd.package}/bin/";
  };

  # Includes the definitions of the host's configuration.
  allowedDevices = lib.toList (config.systemd.services.${service}.serviceConfig.DeviceAllow or [ ]);

  restartKey = units.restart {
    inherit nspawn settings toplevel;
    switch = evaluation.config.system.switch or { };
    service = unit;
  };

  # A target that represents the declaration. NixOS stops units that a new configuration does not contain, but the
  # container's unit is an instance of systemd's template, which remains. Without the target, a container would continue
  # to run after its declaration is removed.
  declared = "nixos-nspawn-${name}";

  # Overrides the template, which is set to `false` for imperative containers.
  serviceConfig.X-RestartIfChanged = true;

  # How NixOS's switch treats the running container.
  switch = {
    none.restartIfChanged = false;
    reload = {
      reloadIfChanged = true;
      restartTriggers = [
        restartKey
        toplevel
      ];
    };
    restart = {
      restartTriggers = [
        restartKey
        toplevel
      ];
      inherit serviceConfig;
    };
    dynamic = {
      restartTriggers = [ restartKey ];
      reloadTriggers = [ toplevel ];
      inherit serviceConfig;
    };
  };

  # A change of a file's content does not change the configuration, so no trigger of NixOS sees it. The command compares
  # the content, because a tool for secrets may replace files without changing them.
  watch = "nixos-nspawn-credentials-${name}";
  watchedFiles = lib.optionals (activation.onCredentialChange == "restart") (
    lib.filter (lib.hasPrefix "/") (map (credential: credential.path) settings.credentials)
  );
  isWatched = watchedFiles != [ ];

  data = units.data settings // {
    inherit name restartKey;
  };
in
{
  inherit settings;

  assertions =
    map (assertion: { inherit (assertion) assertion message; }) evaluation.config.assertions
    # The command checks this for imperative containers.
    ++ map (path: {
      assertion = false;
      message = "Container `${name}': `bindMounts' mounts ${path}, but the container has no permission to use devices there. Use the option `devices' instead, such as `devices = [ \"${path}\" ];'.";
    }) (units.devices.unpermitted (map units.mounts.parse settings.bindMounts) allowedDevices);

  sections = units.nspawn { inherit settings toplevel; };

  etc = {
    "systemd/nspawn/${name}.nspawn".source = lib.mkForce (
      import ../container/nspawn-file.nix {
        inherit
          pkgs
          name
          settings
          toplevel
          ;
        text = units.render.nspawn nspawn;
      }
    );
    "${systems}/${name}".source = toplevel;
    "nixos-nspawn/declarative.d/${name}.json".text = builtins.toJSON data;
  };

  # The names of units must not depend on the container's configuration, because its evaluation could need them.
  paths.${watch} = lib.mkIf isWatched {
    description = "Watch the credentials of the NixOS container ${name}";
    wantedBy = [ "paths.target" ];
    pathConfig.PathChanged = map units.quoting.specifiers watchedFiles;
  };

  services = {
    ${watch} = lib.mkIf isWatched {
      description = "Restart the NixOS container ${name} if its credentials have changed";
      restartIfChanged = false;
      # systemd does not notice reliably that a link above the file leads elsewhere, as with agenix. Such links change
      # when the host switches its configuration, which starts this service, because it is not active.
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${config.nixos.containers.package}/bin/nixos-nspawn restart ${name} --if-credentials-changed";
      };
    };

    ${service} = lib.mkMerge [
      (define.service unit)
      switch.${activation.strategy}
      {
        partOf = [ "${declared}.target" ];
        after = [ "${declared}.target" ];
      }
    ];
  };

  targets.${declared} = {
    description = "Declaration of the NixOS container ${name}";
    wantedBy = [ "machines.target" ];
  };

  wants = lib.optional activation.autoStart "${service}.service";

  # The defaults for the host's end of the container's link, if the configuration has a unit for it.
  link.${vethUnit} = units.networks.veth name settings;

  networks =
    lib.optionalAttrs (units.networks.hasOwnVeth settings) {
      ${vethUnit} = if settings.hostNetworkConfig == null then { } else settings.hostNetworkConfig;
    }
    // lib.concatMapAttrs (
      link: own:
      lib.optionalAttrs (own.hostNetworkConfig != null) {
        ${units.networks.extraVethUnit link} =
          networkOptions (units.networks.extraVeth link) own.hostNetworkConfig;
      }
    ) settings.extraVeths
    // settings.hostNetworks;
}
