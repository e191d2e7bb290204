import { traced } from '../measure/command.js';
import { paired } from '../measure/paired.js';
import type { Measured, Part } from '../results.js';
import { dropContainers, putContainers } from './made-up.js';
import { ours, theirName, theirs, versionOf } from './program.js';

const SIZES = [0, 1, 10, 100, 1000] as const;

/**
 * Measures list for different numbers of containers. `running` of them exist and run already. The others share one
 * closure and do not run. Compares the first and the last of the Node.js binaries.
 */
export async function listing(nodes: readonly string[], running: number, closure: string): Promise<Part> {
  const [node = '', newer = nodes.at(-1) ?? ''] = nodes;
  const [version, newerVersion] = [await versionOf(node), await versionOf(newer)];
  const rows: Measured[] = [];
  const notes: string[] = [];
  const lines = [
    { name: `nixos-nspawn list --json, Node.js ${version}`, points: [] as [number, number][] },
    { name: `nixos-nspawn list --json, Node.js ${newerVersion}`, points: [] as [number, number][] },
    { name: `${theirName}'s list --json`, points: [] as [number, number][] },
  ];
  const medians = new Map<number, number>();
  for (const size of SIZES.filter((size) => size >= running)) {
    const idle = new Map(Array.from({ length: size - running }, (_, index) => [`idle-${index}`, closure]));
    await putContainers(idle);
    const [json, table, quicker, upstream] = await paired(
      [
        { name: 'list --json', argv: ours(node, 'list', '--json') },
        { name: 'list', argv: ours(node, 'list') },
        { name: `list --json, Node.js ${newerVersion}`, argv: ours(newer, 'list', '--json') },
        { name: `${theirName}'s list --json`, argv: theirs('list', '--json') },
      ],
      size > 100 ? { rounds: 5, warmUp: 1 } : { rounds: 11 },
    );
    const { children } = await traced({ argv: ours(node, 'list', '--json') });
    await dropContainers(idle.keys());
    if (!json || !table || !quicker || !upstream) throw new Error('No figures.');
    medians.set(size, json.median);
    const over = medians.get(10);
    for (const figure of [json, table, quicker, upstream]) {
      const { name, median, min, max, ratio } = figure;
      rows.push({
        what: `${name}, ${containers(size)}`,
        unit: 'ms',
        median,
        min,
        max,
        against:
          figure === upstream || figure === quicker
            ? { what: 'list --json', ratio }
            : compared(size, json.median, over, figure === json),
        limit: figure === json && size === 1000 && over !== undefined ? { of: 'ratio', atMost: 1.8 } : null,
      });
    }
    lines[0]?.points.push([size, json.median]);
    lines[1]?.points.push([size, quicker.median]);
    lines[2]?.points.push([size, upstream.median]);
    notes.push(`\`list --json\` with ${containers(size)}: ${processes(children.length)}`);
  }
  return {
    title: `Listing, ${running} running`,
    about: `The time by the number of containers, of which ${running} run. With Node.js ${version}, unless the row names another one.`,
    rows,
    curve: { across: 'containers', lines },
    notes,
  };
}

const compared = (size: number, median: number, over: number | undefined, isJson: boolean) =>
  isJson && size > 10 && over !== undefined ? { what: 'the same with 10', ratio: median / over } : null;

const containers = (count: number) => (count === 1 ? '1 container' : `${count} containers`);
const processes = (count: number) => (count === 1 ? '1 process' : `${count} processes`);
