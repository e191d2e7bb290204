# An address in the network of an interface of the host, with the same hardware address.
import ./parts/on-uplink.nix {
  key = "IPVLAN";
  prefix = "iv-";
}
