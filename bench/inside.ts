// Runs in the throw-away host: measures all parts, and prints the results as one line of JSON. Arguments: the Node.js
// binaries to measure under, of which the first also runs what does not compare them.
import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { timed } from './measure/command.js';
import { autostart, endAllContainers } from './parts/autostart.js';
import { changes } from './parts/changes.js';
import { listing } from './parts/listing.js';
import { buildContainers, dropContainers, putContainers } from './parts/made-up.js';
import { outage } from './parts/outage.js';
import { startUp } from './parts/start-up.js';
import type { Part, Results } from './results.js';

/** Numbers of containers to start, and how often. */
const AUTOSTARTED = [
  [20, 3],
  [50, 1],
] as const;

// It alone takes each start of Node.js 50 ms.
delete process.env.NODE_EXTRA_CA_CERTS;
const nodes = process.argv.slice(2);
const [node = process.execPath] = nodes;
const parts: Part[] = [];

async function measure(part: Promise<Part>): Promise<void> {
  const { title, ...rest } = await part;
  process.stderr.write(`${title}\n`);
  parts.push({ title, ...rest });
}

const firstLine = async (...argv: [string, ...string[]]) =>
  (await timed({ argv })).stdout.split('\n')[0]?.trim() ?? '';

await measure(startUp(nodes));
const idle = [...(await buildContainers(1, { autoStart: false, prefix: 'idle' })).values()][0] ?? '';
await measure(listing(node, 0, idle));
const [[, first = ''] = [], [, second = ''] = []] = [
  ...(await buildContainers(1)),
  ...(await buildContainers(1, { autoStart: false })),
];
await measure(changes(node, { first, second }));
await measure(outage(node));
let running: Map<string, string> = new Map();
for (const [count, rounds] of AUTOSTARTED) {
  await endAllContainers();
  await dropContainers(running.keys());
  running = await buildContainers(count);
  await putContainers(running);
  await measure(autostart(node, [...running.keys()], rounds));
}
await measure(listing(node, running.size, idle));

const processor = /^model name\s*:\s*(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
const results: Results = {
  date: new Date().toISOString().slice(0, 10),
  machine: {
    processor,
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    kernel: release().split('.', 2).join('.'),
  },
  versions: {
    ...Object.fromEntries(
      await Promise.all(nodes.map(async (each) => [`Node.js (${each})`, await firstLine(each, '--version')])),
    ),
    systemd: await firstLine('systemctl', '--version'),
    Nix: await firstLine('nix', '--version'),
    Python: await firstLine('python3', '--version'),
  },
  parts,
};
process.stdout.write(`${JSON.stringify(results)}\n`);
