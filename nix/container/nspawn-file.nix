# The .nspawn file in the store. Which paths a closure has is known only when it is built.
{
  pkgs,
  name,
  settings,
  toplevel,
  text,
}:
let
  file = pkgs.writeText "${name}.nspawn" text;
  idmap = if settings.userNamespacing then ":rootidmap" else "";
in
if settings.sharedNix then
  file
else
  pkgs.runCommand "${name}.nspawn"
    {
      info = pkgs.closureInfo { rootPaths = [ toplevel ]; };
      preferLocalBuild = true;
      allowSubstitutes = false;
    }
    ''
      cat ${file} > $out
      printf '\n[Files]\n' >> $out
      while read -r path; do
        printf 'BindReadOnly=%s:%s%s\n' "$path" "$path" '${idmap}' >> $out
      done < $info/store-paths
    ''
