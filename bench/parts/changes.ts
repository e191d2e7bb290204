import { type Traced, traced } from '../measure/command.js';
import { figure } from '../measure/paired.js';
import type { Measured, Part } from '../results.js';
import { buildContainers } from './made-up.js';
import { ours, versionOf } from './program.js';

const ROUNDS = 7;
const MIB = 1024 * 1024;

/** The own time in milliseconds, and the number of processes, that a command may need. */
const LIMITS: Readonly<Record<string, { ownTime?: number; processes: number }>> = {
  // systemd 262 also has to read its units again, with one more process.
  create: { ownTime: 250, processes: 8 },
  update: { ownTime: 250, processes: 8 },
  rollback: { processes: 7 },
  status: { processes: 5 },
  stop: { processes: 5 },
  start: { processes: 5 },
  'list-generations': { processes: 0 },
  remove: { processes: 6 },
};

/** Measures changes of one container with existing builds: the time of the tool itself, and the processes it starts. */
export async function changes(node: string): Promise<Part> {
  const version = await versionOf(node);
  const [first = ''] = (await buildContainers(1)).values();
  const [second = ''] = (await buildContainers(1, { autoStart: false })).values();
  const runs = new Map<string, Traced[]>();
  const change = async (verb: string, ...words: string[]) => {
    const run = await traced({ argv: ours(node, verb, 'bench-1', ...words) });
    runs.set(verb, [...(runs.get(verb) ?? []), run]);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await change('create', '--profile', first);
    await change('update', '--profile', second, '--strategy', 'restart');
    await change('rollback', '--strategy', 'restart');
    await change('status');
    await change('stop');
    await change('start');
    await change('list-generations');
    await change('remove', '--delete-state');
  }
  return {
    title: `Changes of one container, Node.js ${version}`,
    about: `Complete commands, each run ${ROUNDS} times, with existing builds. A command's own time is the time in which none of its child processes runs. It includes the start of Node.js.`,
    rows: [...runs].flatMap(([verb, all]) => rowsOf(verb, all)),
    curve: null,
    notes: [...runs].map(([verb, all]) => `\`${verb}\` starts: ${startedBy(all)}`),
  };
}

function rowsOf(verb: string, all: readonly Traced[]): Measured[] {
  const row = (what: string, unit: Measured['unit'], values: number[], limit: Measured['limit'] = null) => ({
    what: `${verb}, ${what}`,
    unit,
    ...figure(values),
    against: null,
    limit,
  });
  const { ownTime, processes } = LIMITS[verb] ?? {};
  return [
    row(
      'total time',
      'ms',
      all.map(({ milliseconds }) => milliseconds),
    ),
    row(
      'own time',
      'ms',
      all.map(({ own }) => own),
      ownTime === undefined ? null : { of: 'median', atMost: ownTime },
    ),
    row(
      'processes',
      'processes',
      all.map(({ children }) => children.length),
      processes === undefined ? null : { of: 'median', atMost: processes },
    ),
    row(
      'peak memory',
      'MiB',
      all.map(({ peakMemory }) => peakMemory / MIB),
    ),
  ];
}

/**
 * The processes of the run that started the fewest, in order. A process that is repeated in a row is listed once, with
 * the number of times.
 */
function startedBy(all: readonly Traced[]): string {
  const [least] = all.toSorted((a, b) => a.children.length - b.children.length);
  const texts = (least?.children ?? []).map(({ argv }) => shown(argv));
  const groups: { text: string; times: number }[] = [];
  for (const text of texts) {
    const last = groups.at(-1);
    if (last?.text === text) last.times++;
    else groups.push({ text, times: 1 });
  }
  return groups.map(({ text, times }) => `\`${text}\`${times > 1 ? ` (${times} times)` : ''}`).join(', ');
}

/** The argv as text, without the setpriv prefix and with short store paths. */
function shown(argv: readonly string[]): string {
  const words = argv[0] === 'setpriv' ? argv.slice(argv.indexOf('--') + 1) : argv;
  return words.join(' ').replaceAll(/\/nix\/store\/[a-z0-9]{32}-/g, '/nix/store/…-');
}
