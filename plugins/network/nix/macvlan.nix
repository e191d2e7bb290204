# An address in the network of an interface of the host, with a separate hardware address.
import ./parts/on-uplink.nix {
  key = "MACVLAN";
  prefix = "mv-";
}
