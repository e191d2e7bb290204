# An address of its own in the network of one of the host's interfaces, by the interface's hardware address.
import ./parts/on-uplink.nix {
  key = "IPVLAN";
  prefix = "iv-";
}
