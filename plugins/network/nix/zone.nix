# A network that the containers of the zone share. On a NixOS host, `nixos.containers.zones.NAME` configures the host's
# side of it.
{ name }:
{
  nixosContainer.zone = name;
}
