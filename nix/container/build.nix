# A container's closure: the links of its NixOS, and a directory `nixos-nspawn/` with the files for its host.
{
  name,
  # The container's evaluation, from eval-config.nix.
  evaluation,
}:
let
  inherit (evaluation) config pkgs;
  inherit (pkgs) lib;
  units = import ../units;
  hostSide = import ./host-side.nix { inherit name evaluation; };
  inherit (config.system.build) toplevel;
  settings = config.nixosContainer;

  systemdLib = import (pkgs.path + "/nixos/lib/utils.nix") { inherit lib pkgs config; };
  networkText = systemdLib.systemdUtils.network.units.networkToUnit;

  # For hosts with a newer systemd.
  newer = units.families.add settings hostSide.nspawn;

  restartKey = units.restart {
    nspawn = newer;
    inherit (hostSide) service;
    inherit settings toplevel;
    switch = config.system.switch or { };
  };

  data = units.data settings // {
    inherit name restartKey;
  };

  nspawnFile =
    sections:
    import ./nspawn-file.nix {
      inherit pkgs name settings toplevel;
      text = units.render.nspawn sections;
    };

  files = {
    "${name}.nspawn" = nspawnFile hostSide.nspawn;
    # Replaces the first file on hosts with this version of systemd or a newer one.
    "${name}.nspawn.systemd-${toString units.families.since}" = nspawnFile newer;
    "service-overrides.conf" = pkgs.writeText "service-overrides.conf" (units.render.service hostSide.service);
    "data.json" = pkgs.writeText "data.json" (builtins.toJSON data);
  }
  // lib.mapAttrs' (unit: network: {
    name = "${unit}.network";
    value = pkgs.writeText "${unit}.network" (networkText network);
  }) hostSide.networks;
in
{
  inherit files data hostSide;

  closure =
    passthru:
    pkgs.runCommand "nixos-nspawn-${name}"
      {
        inherit passthru;
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      ''
        mkdir -p $out/nixos-nspawn
        for path in ${toplevel}/*; do
          ln -s "$path" $out/
        done
        ${lib.concatStrings (
          lib.mapAttrsToList (file: source: ''
            ln -s ${source} ${lib.escapeShellArg file}
          '') files
        )}
        mv -- ${lib.escapeShellArgs (lib.attrNames files)} $out/nixos-nspawn/
      '';
}
