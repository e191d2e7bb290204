# The configuration that the preset 'owner' adds to a container.
{
  owner,
  contact ? null,
}:
{
  nixosContainer.plugins.inventory = { inherit owner contact; };
}
