# What a container's settings mean for its host. Pure functions on plain attribute sets; builtins only, so that
# `nix-instantiate --eval` tests them without a nixpkgs.
#
# Whoever puts a container in place calls these: ../container.nix for imperative containers, ../hypervisor.nix for
# declarative ones. Neither has rules of its own.
let
  quoting = import ./quoting.nix;
  mounts = import ./mounts.nix { inherit quoting; };
  settings = import ./settings.nix;
  names = import ./names.nix;
  store = import ./store.nix;
  networks = import ./networks.nix { inherit quoting; };
in
{
  inherit
    quoting
    mounts
    settings
    names
    networks
    store
    ;
  nspawn = import ./nspawn.nix { inherit mounts store; };
  service = import ./service.nix { inherit quoting mounts; };
  data = import ./data.nix { inherit mounts; };
  problems = import ./problems.nix { inherit mounts names networks; };
  reload = import ./reload.nix { inherit quoting store; };
  restart = import ./restart.nix;
  render = import ./render.nix { inherit quoting; };
}
