# A network that the containers of the zone share. On a NixOS host, `nixos.containers.zones.NAME` configures its side.
{ name }:
{
  nixosContainer.zone = name;
}
