import { type Argv, timed } from '../measure/command.js';
import { type PairedFigure, paired } from '../measure/paired.js';
import type { Measured, Part } from '../results.js';
import { ours, theirName, theirs, versionOf } from './program.js';

/** How many times as long as bare Node.js a start may take, by major version of Node.js. */
const LIMITS: Readonly<Record<string, number>> = { '20': 4, '22': 4, '24': 3 };

/** Measures the start of Node.js and of the tool, on a host without containers. */
export async function startUp(nodes: readonly string[]): Promise<Part> {
  const rows: Measured[] = [];
  for (const node of nodes) {
    const version = await versionOf(node);
    const figures = await paired([
      { name: 'bare', argv: [node, '-e', '0'] },
      { name: '--version', argv: ours(node, '--version') },
      { name: 'list --json', argv: ours(node, 'list', '--json') },
      { name: '__complete presets', argv: ours(node, '__complete', 'presets') },
      { name: `${theirName}'s list --json`, argv: theirs('list', '--json') },
      { name: 'Tab after `status` in bash', argv: pressTab },
    ]);
    const limit = LIMITS[version.slice(1).split('.')[0] ?? ''];
    rows.push(...figures.map((figure) => row(figure, version, limit)));
    const bare = await systemCalls([node, '-e', '0']);
    for (const words of [['--version'], ['list', '--json']])
      rows.push(
        callsRow(`${words.join(' ')}, Node.js ${version}`, await systemCalls(ours(node, ...words)), bare),
      );
  }
  return {
    title: 'Start-up',
    about:
      'Complete processes on a host without containers. They run alternately with `node -e 0` of the same Node.js, with which each is compared.',
    rows,
    curve: null,
    notes: [],
  };
}

/** The shell itself completes names of containers. It loads the script once in a session. */
const pressTab = [
  'bash',
  '-c',
  '. /opt/nixos-nspawn/dist/completions/nixos-nspawn; COMP_WORDS=(nixos-nspawn status ""); COMP_CWORD=2; COMP_LINE="nixos-nspawn status "; COMP_POINT=21; _nixos_nspawn nixos-nspawn "" status',
] as const;

/** The number of system calls of all threads of a process, as strace(1) counts them. */
async function systemCalls(argv: Argv): Promise<number> {
  const { stdout } = await timed({
    argv: ['sh', '-c', 'strace --follow-forks --summary-only "$@" 2>&1 >/dev/null', 'sh', ...argv],
  });
  return Number(/^100\.00\s+\S+\s+\d+\s+(\d+)/m.exec(stdout)?.[1]);
}

const callsRow = (what: string, calls: number, bare: number): Measured => ({
  what: `${what}, system calls`,
  unit: 'calls',
  median: calls,
  min: calls,
  max: calls,
  against: { what: 'Node.js alone', ratio: calls / bare },
  limit: null,
});

function row(figure: PairedFigure, version: string, limit: number | undefined): Measured {
  const { name, median, min, max, ratio } = figure;
  const bare = name === 'bare';
  const isOurs = !bare && !name.startsWith(theirName);
  return {
    what: bare ? `Node.js ${version} alone, \`-e 0\`` : `${name}, Node.js ${version}`,
    unit: 'ms',
    median,
    min,
    max,
    against: bare ? null : { what: 'Node.js alone', ratio },
    limit: isOurs && limit !== undefined ? { of: 'ratio', atMost: limit } : null,
  };
}
