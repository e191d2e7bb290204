# What the preset 'owner' adds to a container. The same can be written in a configuration, by hand.
{
  owner,
  contact ? null,
}:
{
  nixosContainer.plugins.inventory = { inherit owner contact; };
}
