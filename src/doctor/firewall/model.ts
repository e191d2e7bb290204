/** A host's packet filter, as far as it bears on containers; both nftables and iptables are read into this. */
export interface Firewall {
  /** Null where it could not be read. */
  chains: readonly Chain[] | null;
  /** The program that manages it; null for none that is known. */
  manager: 'ufw' | 'firewalld' | null;
  /** Sources that systemd masquerades: `192.168.1.0/28`, or `FIRST-LAST`; null where it could not be read. */
  masqueraded: readonly string[] | null;
}

export type Family = 'ip' | 'ip6' | 'inet';

export interface Chain {
  family: Family;
  table: string;
  name: string;
  /** Null for a chain that only other chains lead to. */
  hook: 'input' | 'forward' | null;
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
  | { on: 'unknown' };

/** The first packet of something. */
export interface Packet {
  hook: 'input' | 'forward';
  family: 'ip' | 'ip6';
  in: string;
  out: string | null;
  protocol: 'udp' | 'tcp';
  port: number;
}
