# prepare.sh builds this container before a host boots, so that other containers share its derivations.
{
  imports = [ (import ./page.nix "web, page 1") ];
}
