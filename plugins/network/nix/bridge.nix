# A bridge of the host.
{ name }:
{
  nixosContainer.bridge = name;
}
