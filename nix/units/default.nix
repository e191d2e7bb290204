# What a container's settings mean for its host. These are pure functions of plain attribute sets, and use only builtins,
# so that `nix-instantiate --eval` can test them without nixpkgs.
#
# ../container calls them for imperative containers, ../hypervisor for declarative ones. Neither has rules of its own.
let
  quoting = import ./quoting.nix;
  mounts = import ./mounts.nix { inherit quoting; };
  settings = import ./settings.nix;
  names = import ./names.nix;
  families = import ./families.nix;
  users = import ./users.nix;
  store = import ./store.nix { inherit users; };
  environment = import ./environment.nix { inherit quoting; };
  networks = import ./networks.nix { inherit quoting; };
  devices = import ./devices.nix { inherit quoting; };
  command = import ./command.nix { inherit quoting devices; };
  order = import ./order.nix;
in
{
  inherit
    quoting
    mounts
    devices
    settings
    names
    networks
    order
    store
    families
    users
    environment
    ;
  nspawn = import ./nspawn.nix {
    inherit
      mounts
      store
      devices
      environment
      users
      ;
  };
  volatile = import ./volatile.nix;
  service = import ./service.nix {
    inherit
      quoting
      mounts
      devices
      command
      order
      ;
  };
  data = import ./data.nix { inherit mounts devices order; };
  problems = import ./problems.nix {
    inherit
      families
      mounts
      names
      networks
      devices
      order
      environment
      users
      ;
  };
  reload = import ./reload.nix { inherit quoting store; };
  restart = import ./restart.nix { inherit families; };
  render = import ./render.nix { inherit quoting; };
}
