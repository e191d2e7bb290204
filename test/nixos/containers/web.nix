# The container that is built before any host is booted (prepare.sh): what others share with it need not be built again.
{
  imports = [ (import ./page.nix "web, page 1") ];
}
