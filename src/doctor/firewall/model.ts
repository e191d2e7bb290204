/** A host's packet filter, as far as it bears on containers; both nftables and iptables are read into this. */
export interface Firewall {
  /** Null where it could not be read. */
  chains: readonly Chain[] | null;
  /** The program that manages it; null for none that is known. */
  manager: 'ufw' | 'firewalld' | null;
  /** Sources that systemd masquerades: `192.168.1.0/28`, or `FIRST-LAST`; null where it could not be read. */
  masqueraded: readonly string[] | null;
  /** Ports of the host that systemd hands to containers; null where they could not be read. */
  forwarded: readonly PortMapping[] | null;
  /** systemd's table of each family: `emptied` where it is there without its rules, which nobody puts back. */
  systemdTable: Readonly<Record<PacketFamily, 'absent' | 'emptied' | 'whole'>>;
}

/** One port of the host and where its connections go. */
export interface PortMapping {
  family: PacketFamily;
  protocol: string;
  port: number;
  address: string;
  containerPort: number;
  tool: 'nft' | 'iptables';
}

export type PacketFamily = 'ip' | 'ip6';

export type Family = 'ip' | 'ip6' | 'inet';

/** Where a packet passes filters: before the host decides where it goes, to the host itself, through it. */
export type Hook = 'prerouting' | 'input' | 'forward';

export interface Chain {
  family: Family;
  table: string;
  name: string;
  /** The program that changes it: `nft`, or one of the iptables family. */
  tool: string;
  /** Null for a chain that only other chains lead to. */
  hook: Hook | null;
  policy: 'accept' | 'drop';
  rules: readonly Rule[];
}

export interface Rule {
  tests: readonly Test[];
  verdict: Verdict;
}

export type Verdict =
  | { do: 'accept' | 'drop' | 'return' | 'go-on' }
  | { do: 'jump' | 'goto'; chain: string }
  /** nftables' `vmap`: the first whose tests hold. */
  | { do: 'choose'; choices: readonly { tests: readonly Test[]; verdict: Verdict }[] };

/** One condition of a rule; what cannot be told from a packet's kind alone is `unknown`. */
export type Test =
  | { on: 'in' | 'out'; interfaces: readonly string[]; not: boolean }
  | { on: 'protocol'; protocols: readonly string[]; not: boolean }
  | { on: 'port'; ranges: readonly (readonly [number, number])[]; not: boolean }
  | { on: 'state'; states: readonly string[]; not: boolean }
  /** Whether the connection's destination was translated, as that of a forwarded port is. */
  | { on: 'translated'; not: boolean }
  | { on: 'unknown' };

/** A packet, as far as filters tell packets apart. */
export interface Packet {
  hook: Hook;
  family: PacketFamily;
  in: string;
  out: string | null;
  protocol: 'udp' | 'tcp';
  port: number;
  /** `new` for the first packet of a connection, `established` for an answer. */
  state: 'new' | 'established';
  /** Whether it belongs to a connection to a forwarded port. */
  translated: boolean;
}
