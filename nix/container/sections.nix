# The three sections of a `systemd.nspawn.<name>`, whatever its NixOS calls them. A later NixOS has the older names
# too, and says that they are obsolete to whoever reads them.
nspawn:
if nspawn.settings.isAlias or false then
  {
    Exec = nspawn.execConfig;
    Files = nspawn.filesConfig;
    Network = nspawn.networkConfig;
  }
else
  { inherit (nspawn.settings) Exec Files Network; }
