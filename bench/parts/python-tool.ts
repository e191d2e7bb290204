import { type Argv, timed } from '../measure/command.js';
import { figure, median } from '../measure/paired.js';
import type { Measured, Part } from '../results.js';
import { buildContainers, dropContainers, putContainers } from './made-up.js';
import { ours, theirName, theirs, versionOf } from './program.js';

const ROUNDS = 11;
const LISTED = [0, 1, 10, 100] as const;
const NAME = 'bench-1';
const CREATE = 'create --profile';

/**
 * How many times as long as the Python tool a command may take, by major version of Node.js. A create also syncs what it
 * writes, and looks for failed units.
 */
const LIMITS: Readonly<Record<string, { create: number; changes: number; others: number }>> = {
  '24': { create: 1.2, changes: 0.9, others: 0.8 },
};

/**
 * Compares commands that both tools have. Each does the same work: a created container is running and ready. Only the
 * wait for its address is left out (`--wait-online 0`), because the Python tool does not wait for it.
 */
export async function pythonTool(nodes: readonly string[]): Promise<Part> {
  const [first = ''] = (await buildContainers(1)).values();
  const [second = ''] = (await buildContainers(1, { autoStart: false })).values();
  const [idle = ''] = (await buildContainers(1, { autoStart: false, prefix: 'idle' })).values();
  const tools = [
    { name: theirName, run: theirs },
    ...(await Promise.all(
      nodes.map(async (node) => ({
        name: `Node.js ${await versionOf(node)}`,
        run: (...words: string[]) => ours(node, ...words),
      })),
    )),
  ];
  const times = new Map<string, number[][]>();
  const time = async (what: string, tool: number, round: number, argv: Argv) => {
    const { milliseconds } = await timed({ argv });
    const all = times.get(what) ?? tools.map(() => []);
    times.set(what, all);
    // The first round is to warm up.
    if (round > 0) all[tool]?.push(milliseconds);
  };
  for (const size of LISTED) {
    const listed = new Map(Array.from({ length: size }, (_, index) => [`idle-${index}`, idle]));
    await putContainers(listed);
    for (let round = 0; round <= ROUNDS; round++)
      for (const [index, { run }] of tools.entries())
        await time(`list --json of ${size}`, index, round, run('list', '--json'));
    await dropContainers(listed.keys());
  }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, { run }] of tools.entries()) {
      const change = (what: string, ...words: string[]) =>
        time(what, index, round, run(...words, ...(index === 0 ? [] : (WAITING[what] ?? []))));
      await change(CREATE, 'create', NAME, '--profile', first);
      await change('update by reload', 'update', NAME, '--profile', second, '--strategy', 'reload');
      await change('list-generations', 'list-generations', NAME);
      await change('rollback by reload', 'rollback', NAME);
      await change('remove', 'remove', NAME, ...(index === 0 ? [] : ['--delete-state']));
    }
  }
  return {
    title: 'Compared with the Python tool',
    about: `Complete commands, run in turn by ${theirName} and by this tool, in ${ROUNDS} rounds. A ratio below 1 means that this tool is faster.`,
    rows: [...times].flatMap(([what, [theirTimes = [], ...others]]) => [
      row(`${what}, ${theirName}`, theirTimes, null, null),
      ...others.map((values, index) => {
        const version = tools[index + 1]?.name ?? '';
        const limits = LIMITS[/v(\d+)/.exec(version)?.[1] ?? ''];
        const ratio = median(values.map((value, round) => value / (theirTimes[round] ?? value)));
        const atMost = what === CREATE ? limits?.create : what in WAITING ? limits?.changes : limits?.others;
        return row(
          `${what}, ${version}`,
          values,
          { what: theirName, ratio },
          atMost === undefined ? null : { of: 'ratio', atMost },
        );
      }),
    ]),
    curve: null,
    notes: [],
  };
}

/** The changes after which a container runs, with what makes them equal to those of the Python tool. */
const WAITING: Readonly<Record<string, readonly string[]>> = {
  [CREATE]: ['--wait-online', '0'],
  'update by reload': ['--wait-online', '0'],
  // The Python tool cannot be told, but it reloads these containers too.
  'rollback by reload': ['--wait-online', '0', '--strategy', 'reload'],
};

const row = (
  what: string,
  values: readonly number[],
  against: Measured['against'],
  limit: Measured['limit'],
): Measured => ({ what, unit: 'ms', ...figure(values), against, limit });
