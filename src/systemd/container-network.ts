import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { readText } from '../base/files.js';
import { insideFile } from '../base/inside-files.js';
import { type RunOptions, run } from '../base/process.js';
import { parseUnitFile, type UnitFile } from '../container/unit-file.js';
import { ipv4In, ipv6In } from './addresses.js';

/** The container side of its network link (systemd-nspawn(1), --network-veth). */
const LINK = 'host0';

/** How many bytes are read at most from a file that the container wrote. */
const LARGEST = 65_536;

/** A container's network link, as the kernel and the container's networkd report it. */
export interface ContainerNetwork {
  /** The interface's index inside the container. */
  index: number;
  /**
   * How the container's networkd handles the link: `none` if no networkd runs or it leaves the link alone, `pending`
   * while it has not decided.
   */
  management: 'none' | 'pending' | 'managed' | 'failed';
  /** The .network file that applies to the link, with its drop-ins. */
  files: readonly UnitFile[];
  /** The addresses of all the container's interfaces as text, without loopback and tentative ones. */
  addresses: readonly string[];
}

/**
 * Reads the state from /proc, so that no process is started.
 *
 * @param leader the process id of the container's init, as seen by the host
 * @returns null if the container has ended, or has no link of its own
 */
export async function containerNetwork(leader: number): Promise<ContainerNetwork | null> {
  const [igmp, trie, inet6] = await Promise.all(
    // igmp lists each interface that can have an IPv4 address, with its index.
    ['igmp', 'fib_trie', 'if_inet6'].map((file) => readProc(`/proc/${leader}/net/${file}`)),
  );
  const index = new RegExp(`^(\\d+)\\s+${LINK}\\s`, 'm').exec(igmp ?? '')?.[1];
  if (index === undefined) return null;
  return {
    index: Number(index),
    ...(await networkdOn(`/proc/${leader}/root`, index)),
    addresses: [...ipv4In(trie ?? ''), ...ipv6In(inet6 ?? '')],
  };
}

/**
 * Makes the container's networkd configure the link again, which sends a DHCP request at once. Its first request is
 * sent before the host's side can answer, and the second follows only four seconds later (RFC 2131, section 4.1).
 *
 * @returns false if the container's networkd does not accept the request
 */
export async function reconfigureLink(
  machine: string,
  index: number,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<boolean> {
  const service = ['org.freedesktop.network1', '/org/freedesktop/network1'] as const;
  const { exitCode } = await run(
    [
      'busctl',
      `--machine=${machine}`,
      'call',
      ...service,
      `${service[0]}.Manager`,
      'ReconfigureLink',
      'i',
      `${index}`,
    ],
    { ...options, acceptCodes: [0, 1] },
  );
  return exitCode === 0;
}

/** networkd's state of the link (sd-network.h). The container wrote these files, so they are only parsed. */
async function networkdOn(
  root: string,
  index: string,
): Promise<Pick<ContainerNetwork, 'management' | 'files'>> {
  if ((await insideFile(root, '/run/systemd/netif/links')) === null) return { management: 'none', files: [] };
  const state = await readInside(root, `/run/systemd/netif/links/${index}`);
  if (state === null) return { management: 'pending', files: [] };
  const value = (key: string) => new RegExp(`^${key}="?(.*?)"?$`, 'm').exec(state)?.[1] ?? '';
  const admin = value('ADMIN_STATE');
  if (admin === 'pending' || admin === 'initialized') return { management: 'pending', files: [] };
  if (admin === 'failed') return { management: 'failed', files: [] };
  // The format is not a stable interface, so do not wait for an unknown state.
  if (admin !== 'configuring' && admin !== 'configured') return { management: 'none', files: [] };
  const paths = [value('NETWORK_FILE'), ...value('NETWORK_FILE_DROPINS').split(':').map(unescaped)].filter(
    (path) => path !== '',
  );
  const texts = await Promise.all(paths.map((path) => readInside(root, path)));
  return { management: 'managed', files: texts.map((text) => parseUnitFile(text ?? '')) };
}

/** xescape() of systemd escapes the colons between the paths, and each byte that is not ASCII. */
const unescaped = (text: string) =>
  Buffer.from(
    text.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  ).toString('utf8');

async function readInside(root: string, path: string): Promise<string | null> {
  const place = await insideFile(root, path);
  if (place === null) return null;
  // The container may replace the file by a pipe or a link at any moment.
  const file = await open(place, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(LARGEST), position: null });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Null if the process has ended. */
const readProc = (path: string) => readText(path);
