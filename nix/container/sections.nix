# The three sections of a `systemd.nspawn.<name>`, whatever its NixOS calls them.
nspawn:
if nspawn ? execConfig then
  {
    Exec = nspawn.execConfig;
    Files = nspawn.filesConfig;
    Network = nspawn.networkConfig;
  }
else
  { inherit (nspawn.settings) Exec Files Network; }
