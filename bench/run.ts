// Measures in a throw-away host, and prints the tables. Without arguments, it measures everything, and also writes the
// results and the pages for docs/performance.md. With names of parts, it measures only these.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Host, REPOSITORY } from '../test/host/host.js';
import { PARTS, type Part, resultsSchema } from './results.js';
import { pageFiles } from './show/page.js';
import { asText } from './show/text.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The newest LTS, to compare with the Node.js of the host. */
const NEWER_NODE = 24;

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !PARTS.some((part) => part === name));
if (unknown.length > 0)
  throw new Error(`No such part: ${unknown.join(', ')}. There are ${PARTS.join(', ')}.`);
const isChosen = (part: (typeof PARTS)[number]) => chosen.length === 0 || chosen.includes(part);

const unavailable = await Host.unavailable();
if (unavailable !== null) throw new Error(`The measurements need a throw-away host: ${unavailable}.`);
const scratch = await mkdtemp(join(tmpdir(), 'nixos-nspawn-bench-'));
process.stderr.write(`Fetching Node.js ${NEWER_NODE}.\n`);
const binary = `node-${process.platform}-${process.arch}`;
await promisify(execFile)(
  'npm',
  [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefix',
    scratch,
    `${binary}@${NEWER_NODE}`,
  ],
  { cwd: scratch },
);
process.stderr.write('Booting the host.\n');
const nixpkgs = process.env.NIXOS_NSPAWN_TEST_NIXPKGS;
const inPlace = (path: string) => ({ from: path, to: path, readOnly: true });
const host = await Host.boot('bench', {
  binds: [
    { from: join(scratch, 'node_modules', binary, 'bin'), to: '/opt/newer-node', readOnly: true },
    ...(nixpkgs === undefined ? [] : [inPlace(root), inPlace(nixpkgs)]),
  ],
});
try {
  const evaluated: Part[] = [];
  if (isChosen('evaluation')) {
    if (nixpkgs === undefined)
      process.stderr.write('Without NIXOS_NSPAWN_TEST_NIXPKGS the evaluation is not measured.\n');
    else {
      process.env.NIXOS_NSPAWN_TEST_NIX = `${join(root, 'test/host/run.sh')} bench --`;
      const { evaluation } = await import('./parts/evaluation.js');
      evaluated.push(await evaluation(nixpkgs));
    }
  }
  const nodes = ['/usr/bin/node', '/opt/newer-node/node'];
  const measuring = host.spawn(
    ['node', '--import', 'tsx', 'bench/inside.ts', ...nodes, '--', ...PARTS.filter(isChosen)],
    { cwd: REPOSITORY },
  );
  const { stdout, stderr, code } = await measuring.outcome;
  if (code !== 0) throw new Error(`The measurements ended with ${code}:\n${stderr}`);
  const results = resultsSchema.parse(JSON.parse(stdout));
  results.parts.push(...evaluated);
  process.stdout.write(asText(results));
  if (chosen.length === 0) {
    await writeFile(join(root, 'bench/results.json'), `${JSON.stringify(results, null, 2)}\n`);
    await mkdir(join(root, 'docs/performance'), { recursive: true });
    for (const [path, content] of pageFiles(results)) await writeFile(join(root, path), content);
  }
} finally {
  await host.stop();
  await rm(scratch, { recursive: true });
}
