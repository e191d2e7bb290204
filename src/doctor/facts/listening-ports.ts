import { readText } from '../../base/files.js';
import { fact } from '../look.js';

export interface Listening {
  protocol: 'tcp' | 'udp';
  port: number;
}

/** TCP_LISTEN and, for UDP, TCP_CLOSE: a socket that is connected to nobody (include/net/tcp_states.h). */
const WAITING = { tcp: '0A', udp: '07' } as const;

/**
 * Ports that programs of the host listen on, except on its loopback addresses, which forwarded ports do not affect
 * (proc_net_tcp in the kernel's documentation).
 */
export const listeningPorts = fact(async (): Promise<readonly Listening[]> => {
  const tables = await Promise.all(
    (['tcp', 'udp'] as const).flatMap((protocol) =>
      ['', '6'].map(async (family) =>
        parseSockets((await readText(`/proc/net/${protocol}${family}`)) ?? '', protocol),
      ),
    ),
  );
  return tables.flat();
});

export function parseSockets(table: string, protocol: 'tcp' | 'udp'): Listening[] {
  return table.split('\n').flatMap((line) => {
    const match = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /.exec(line);
    if (match?.[1] === undefined || match[2] === undefined || match[3] !== WAITING[protocol]) return [];
    return isLoopback(match[1]) ? [] : [{ protocol, port: Number.parseInt(match[2], 16) }];
  });
}

/** 127.0.0.0/8, ::1 and the first mapped into IPv6, as the kernel prints them: little-endian words. */
const isLoopback = (address: string) =>
  /^[0-9A-F]{6}7F$/.test(address) ||
  address === '00000000000000000000000001000000' ||
  /^0000000000000000FFFF0000[0-9A-F]{6}7F$/.test(address);
