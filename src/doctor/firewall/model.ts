/** The parts of a host's packet filter that affect containers. The rules of nftables and iptables are both read into this. */
export interface Firewall {
  /** Null if they could not be read. */
  chains: readonly Chain[] | null;
  /** The program that manages it; null if it is none of these. */
  manager: 'ufw' | 'firewalld' | null;
  /** Sources that systemd masquerades: `192.168.1.0/28`, or `FIRST-LAST`; null if they could not be read. */
  masqueraded: readonly string[] | null;
  /** Ports of the host that systemd forwards to containers; null if they could not be read. */
  forwarded: readonly PortMapping[] | null;
  /** systemd's table of each family: `emptied` if it exists without its rules, which systemd does not restore. */
  systemdTable: Readonly<Record<PacketFamily, 'absent' | 'emptied' | 'whole'>>;
}

/** A forwarded port of the host, and where its connections go. */
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

/** Where filters see a packet: before routing, on the way to the host itself, or on the way through it. */
export type Hook = 'prerouting' | 'input' | 'forward';

export interface Chain {
  family: Family;
  table: string;
  name: string;
  /** The program that changes it: `nft`, or one of the iptables family. */
  tool: string;
  /** Null for a chain that only other chains jump to. */
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
  /** A `vmap` of nftables: the first choice whose tests are true. */
  | { do: 'choose'; choices: readonly { tests: readonly Test[]; verdict: Verdict }[] };

/** One condition of a rule; `unknown` if `Packet` does not contain what it compares. */
export type Test =
  | { on: 'in' | 'out'; interfaces: readonly string[]; not: boolean }
  | { on: 'protocol'; protocols: readonly string[]; not: boolean }
  | { on: 'port'; ranges: readonly (readonly [number, number])[]; not: boolean }
  | { on: 'state'; states: readonly string[]; not: boolean }
  /** Whether the destination of the connection was translated, as for a forwarded port. */
  | { on: 'translated'; not: boolean }
  | { on: 'unknown' };

/** The properties of a packet that filters commonly compare. */
export interface Packet {
  hook: Hook;
  family: PacketFamily;
  in: string;
  out: string | null;
  protocol: 'udp' | 'tcp';
  port: number;
  /** `new` for the first packet of a connection, `established` for a reply. */
  state: 'new' | 'established';
  /** Whether it belongs to a connection to a forwarded port. */
  translated: boolean;
}
