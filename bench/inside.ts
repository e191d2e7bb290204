// Runs in the throw-away host: measures parts, and prints the results as one line of JSON. The arguments are the
// Node.js binaries to compare, `--`, and the parts. Parts that do not compare binaries use the first one.
import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { timed } from './measure/command.js';
import { autostart, endAllContainers } from './parts/autostart.js';
import { changes } from './parts/changes.js';
import { listing } from './parts/listing.js';
import { buildContainers, dropContainers, putContainers } from './parts/made-up.js';
import { outage } from './parts/outage.js';
import { hasPythonTool } from './parts/program.js';
import { pythonTool } from './parts/python-tool.js';
import { scale } from './parts/scale.js';
import { startUp } from './parts/start-up.js';
import { updateAll } from './parts/update-all.js';
import type { InsidePart, Part, Results } from './results.js';

// This variable adds 50 ms to each start of Node.js.
delete process.env.NODE_EXTRA_CA_CERTS;
const separator = process.argv.indexOf('--');
const nodes = process.argv.slice(2, separator);
const chosen = process.argv.slice(separator + 1);
const [node = process.execPath] = nodes;

const measurements: Record<InsidePart, () => AsyncIterable<Part>> = {
  'start-up': async function* () {
    yield await startUp(nodes);
  },
  'python-tool': async function* () {
    // The stand-in can only list.
    if (hasPythonTool) yield await pythonTool(nodes);
  },
  listing: async function* () {
    yield await listing(nodes, 0, await idleClosure());
  },
  changes: async function* () {
    for (const each of nodes) yield await changes(each);
  },
  'update-all': async function* () {
    yield await updateAll(node);
  },
  outage: async function* () {
    for (const isBusy of [false, true]) yield await outage(node, isBusy);
  },
  autostart: async function* () {
    let running: Map<string, string> = new Map();
    for (const [count, rounds] of AUTOSTARTED) {
      await endAllContainers();
      await dropContainers(running.keys());
      running = await buildContainers(count);
      await putContainers(running);
      yield await autostart(node, [...running.keys()], rounds);
    }
    yield await listing(nodes, running.size, await idleClosure());
    await endAllContainers();
    await dropContainers(running.keys());
  },
  scale: async function* () {
    yield await scale(node);
  },
};

/** The numbers of containers to start, each with the number of rounds. */
const AUTOSTARTED = [
  [20, 3],
  [50, 1],
] as const;

async function idleClosure(): Promise<string> {
  const [closure = ''] = (await buildContainers(1, { autoStart: false, prefix: 'idle' })).values();
  return closure;
}

const firstLine = async (...argv: [string, ...string[]]) =>
  (await timed({ argv })).stdout.split('\n')[0]?.trim() ?? '';

const parts: Part[] = [];
for (const [name, measure] of Object.entries(measurements)) {
  if (!chosen.includes(name)) continue;
  for await (const part of measure()) {
    process.stderr.write(`${part.title}\n`);
    parts.push(part);
  }
}

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
