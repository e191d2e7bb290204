# Adds the key for a volatile root to the sections of a .nspawn file. It is added to the merged sections, because older
# versions of NixOS do not accept the value `overlay` in `systemd.nspawn`. With the other values, the root or /usr is
# read-only, and NixOS cannot boot.
settings: sections:
if !settings.volatile then
  sections
else
  sections // { Files = { Volatile = "overlay"; } // sections.Files; }
