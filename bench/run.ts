// Measures in a throw-away host, and prints the tables. Without names of parts, it measures everything, and also writes
// the results and the pages for docs/performance.md. `--write` writes those of the given parts. With `--check`, it writes
// nothing, and fails if a limit is exceeded.
// NIXOS_NSPAWN_TEST_SUITE selects the host, and NIXOS_NSPAWN_TEST_PYTHON_TOOL is the path of the Python tool's source.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Host, REPOSITORY } from '../test/host/host.js';
import { PYTHON_TOOL } from './parts/program.js';
import { allResultsSchema, PARTS, type Part, resultsSchema } from './results.js';
import { exceeded } from './show/limits.js';
import { pageFiles } from './show/page.js';
import { asText } from './show/text.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const RESULTS = join(root, 'bench/results.json');

/** The newest LTS, to compare with the Node.js of the host. */
const NEWER_NODE = 24;

const words = process.argv.slice(2);
const isCheck = words.includes('--check');
const chosen = words.filter((word) => !word.startsWith('--'));
const isWriting = words.includes('--write') || chosen.length === 0;
const unknown = words.filter((word) => ![...PARTS, '--check', '--write'].includes(word));
if (unknown.length > 0)
  throw new Error(
    `No such part or flag: ${unknown.join(', ')}. There are ${PARTS.join(', ')}, --check and --write.`,
  );
const isChosen = (part: (typeof PARTS)[number]) => chosen.length === 0 || chosen.includes(part);
const { NIXOS_NSPAWN_TEST_SUITE: suite = 'trixie', NIXOS_NSPAWN_TEST_NIXPKGS: nixpkgs } = process.env;
const pythonTool = process.env.NIXOS_NSPAWN_TEST_PYTHON_TOOL;

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
const inPlace = (path: string) => ({ from: path, to: path, readOnly: true });
const host = await Host.boot('bench', {
  binds: [
    { from: join(scratch, 'node_modules', binary, 'bin'), to: '/opt/newer-node', readOnly: true },
    ...(nixpkgs === undefined ? [] : [inPlace(root), inPlace(nixpkgs)]),
    ...(pythonTool === undefined ? [] : [inPlace(pythonTool)]),
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
  if (pythonTool === undefined)
    process.stderr.write(
      'Without NIXOS_NSPAWN_TEST_PYTHON_TOOL, a stand-in for the Python tool is measured.\n',
    );
  else await installPythonTool(pythonTool);
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
  if (isCheck) {
    const tooMuch = exceeded(results);
    process.stdout.write(`\n${[...tooMuch, `${tooMuch.length} limits are exceeded.`].join('\n')}\n`);
    process.exitCode = tooMuch.length === 0 ? 0 : 1;
  } else if (isWriting) {
    const all = allResultsSchema.parse(JSON.parse(await readFile(RESULTS, 'utf8')));
    all[suite] =
      chosen.length === 0 ? results : { ...results, parts: merged(all[suite]?.parts ?? [], results.parts) };
    await writeFile(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
    for (const [path, content] of pageFiles(all)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  }
} finally {
  await host.stop();
  await rm(scratch, { recursive: true });
}

/** Replaces parts of the same title, and adds the others. */
function merged(former: readonly Part[], measured: readonly Part[]): Part[] {
  const isNew = ({ title }: Part) => !former.some((part) => part.title === title);
  return [
    ...former.map((part) => measured.find(({ title }) => title === part.title) ?? part),
    ...measured.filter(isNew),
  ];
}

/** Installs the Python tool in the host as pip would: a script, and compiled modules. */
async function installPythonTool(source: string): Promise<void> {
  await host.run(['mkdir', dirname(PYTHON_TOOL)]);
  await host.run(['cp', '-r', join(source, 'nixos_nspawn'), dirname(PYTHON_TOOL)]);
  await host.writeFile(
    PYTHON_TOOL,
    'import sys\nfrom nixos_nspawn import main_with_args\nsys.exit(main_with_args())\n',
  );
  await host.run(['python3', '-m', 'compileall', '-q', dirname(PYTHON_TOOL)]);
}
