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
  sectionsOf = import ../container/sections.nix;

  settings = evaluation.config.nixosContainer;
  inherit (settings) activation;
  inherit (evaluation.config.system.build) toplevel;
  service = "systemd-nspawn@${name}";
  vethUnit = units.networks.vethUnit name;

  # With what the host's configuration says beside ours.
  nspawn = sectionsOf config.systemd.nspawn.${name};

  # Finds the system through /etc, so that a new one alone does not change the unit, which would restart it.
  systems = "nixos-nspawn/systems";
  # switch-to-configuration exits with 4 for any failed unit. One that had failed before is no failure of this reload,
  # and would make each later switch of the host fail.
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
    inherit name settings;
    reload = "${reload} %i";
    systemdBin = "${config.systemd.package}/bin/";
  };

  restartKey = units.restart {
    inherit nspawn settings toplevel;
    switch = evaluation.config.system.switch or { };
    service = unit;
  };

  # Stands for the declaration. NixOS stops units that a new configuration does not have, but the container's is of
  # systemd's template, which stays: without this, a container whose declaration is removed would run on.
  declared = "nixos-nspawn-${name}";

  # The template says no, for containers that the host's configuration does not have.
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

  data = units.data settings // {
    inherit name restartKey;
  };
in
{
  assertions = map (assertion: { inherit (assertion) assertion message; }) evaluation.config.assertions;

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

  services.${service} = lib.mkMerge [
    (define.service unit)
    switch.${activation.strategy}
    {
      partOf = [ "${declared}.target" ];
      after = [ "${declared}.target" ];
    }
  ];

  targets.${declared} = {
    description = "Declaration of the NixOS container ${name}";
    wantedBy = [ "machines.target" ];
  };

  wants = lib.optional activation.autoStart "${service}.service";

  # How the host's end of the container's link is set up, where a unit of its own is asked for.
  link.${vethUnit} = units.networks.veth name settings;

  networks =
    lib.optionalAttrs (units.networks.hasOwnVeth settings) {
      ${vethUnit} = if settings.hostNetworkConfig == null then { } else settings.hostNetworkConfig;
    }
    // settings.hostNetworks;
}
