# An address of its own in the network of one of the host's interfaces, with a hardware address of its own.
import ./parts/on-uplink.nix {
  key = "MACVLAN";
  prefix = "mv-";
}
