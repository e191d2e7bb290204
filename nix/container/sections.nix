# The three sections of a `systemd.nspawn.<name>`, independent of their names in this NixOS. Later versions of NixOS also
# have the older names, but warn when they are read.
nspawn:
if nspawn.settings.isAlias or false then
  {
    Exec = nspawn.execConfig;
    Files = nspawn.filesConfig;
    Network = nspawn.networkConfig;
  }
else
  { inherit (nspawn.settings) Exec Files Network; }
