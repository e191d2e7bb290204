import { expect } from 'chai';
import { answers } from '../../host/by-hand.js';
import { Host } from '../../host/host.js';
import { diffSnapshots, type Snapshot } from '../../host/snapshot.js';
import { type Document, Tool } from '../../host/tool.js';
import { KEPT, PAGES, type Verb } from './verbs.js';

const PROFILES = '/nix/var/nix/profiles/per-nspawn';
const RECORD = '/var/lib/nixos-nspawn/containers/web.json';
const MACHINES = '/var/lib/machines';
/** The roots of runs. Nix's own links to generations are not compared, because profiles are roots without them. */
const RUNNING = '/nix/var/nix/gcroots/nixos-nspawn';
/** The files of the container, except for those of its root. */
const PLACES = ['/etc/systemd', '/var/lib/nixos-nspawn', PROFILES, RUNNING];

/** A container after a boot. */
export interface State {
  places: Snapshot;
  /** The number of its generation; null if there is no container. */
  generation: number | null;
  /** The names in the directory of the roots of containers. */
  trees: string;
  /** The content of the file that the container wrote; null if there is none. */
  kept: string | null;
  /** What doctor finds. */
  findings: string[];
}

export type Verdict = 'before' | 'after';

/** Boots a host on the image, and stops it after `act`. */
export async function onHost<T>(name: string, image: string, act: (host: Host) => Promise<T>): Promise<T> {
  const host = await Host.boot(name, { image });
  try {
    return await act(host);
  } finally {
    await host.stop();
  }
}

/** Describes the container. The first command repairs what an interrupted one left. */
export async function stateOn(host: Host): Promise<State> {
  const tool = new Tool(host);
  await tool.get(['list']);
  const status = await tool.ask(['status', 'web']);
  expect(status.code, JSON.stringify(status)).to.be.oneOf([0, 2]);
  const findings = (await tool.ask<Document>(['doctor'])).document;
  const generation = status.code === 0 ? Number(status.document.generation) : null;
  const places = filesIn(await host.snapshot(PLACES));
  return {
    // The next start replaces the roots of a run, and without a container nothing does.
    places: generation === null ? places : new Map([...places].filter(([key]) => !key.includes(RUNNING))),
    generation,
    // systemd-nspawn locks the root of a running container with a file beside it.
    trees: await host.ask(['ls', '--almost-all', '--ignore=.#*.lck', MACHINES]),
    kept: (await host.has(KEPT.path)) ? await host.ask(['cat', KEPT.path]) : null,
    findings: problemsOf(findings),
  };
}

/** Directories that the undo journal needs. A cut may leave them empty, and the next change removes them. */
const OF_THE_JOURNAL = ['/var/lib/nixos-nspawn', '/var/lib/nixos-nspawn/journal'].map(
  (path) => `path ${path}`,
);

/** Without machines, links and rules, which no boot begins with. */
const filesIn = (snapshot: Snapshot): Snapshot =>
  new Map([...snapshot].filter(([key]) => /^(path|content) /.test(key) && !OF_THE_JOURNAL.includes(key)));

const problemsOf = (document: Document): string[] =>
  (document.findings as { id: string; what: string }[]).map(({ id, what }) => `${id}: ${what}`);

/** Compares two states. A record contains the time of the last operation. */
function differences(expected: State, actual: State, { withTimes = true } = {}): string[] {
  const { places: wanted, ...expectedRest } = expected;
  const { places: found, ...actualRest } = actual;
  return [
    ...diffSnapshots(wanted, found).filter((line) => withTimes || !line.includes(`content ${RECORD}`)),
    ...(JSON.stringify(expectedRest) === JSON.stringify(actualRest)
      ? []
      : [`${JSON.stringify(expectedRest)} became ${JSON.stringify(actualRest)}`]),
  ];
}

/**
 * Compares the content of each store path of each generation with what Nix has recorded, and requires that Nix keeps it.
 */
async function requireWholeClosures(host: Host): Promise<void> {
  if (!(await host.has(PROFILES))) return;
  const links = await host.ask(['find', PROFILES, '-name', 'system*', '-type', 'l']);
  if (links === '') return;
  const generations = links.split('\n');
  await host.run(['nix', 'store', 'verify', '--no-trust', '--recursive', ...generations]);
  const roots = (await host.ask(['nix-store', '--query', '--roots', ...generations])).split('\n');
  for (const link of generations)
    expect(
      roots.some((root) => root.startsWith(link)),
      `${link} is a root`,
    ).to.equal(true);
}

/**
 * Checks a host after a power cut: the container is as before the verb or as after it, starts, and the verb can be
 * repeated.
 */
export async function judge(
  host: Host,
  verb: Verb,
  [before, after]: readonly [State, State],
  hadEnded: boolean,
): Promise<Verdict> {
  const state = await stateOn(host);
  const [fromBefore, fromAfter] = [differences(before, state), differences(after, state)];
  const isBefore = fromBefore.length === 0;
  if (!isBefore && fromAfter.length > 0)
    throw new Error(
      `neither as before:\n  ${fromBefore.join('\n  ')}\nnor as after:\n  ${fromAfter.join('\n  ')}`,
    );
  if (hadEnded && isBefore) throw new Error('the command had ended with success, but its change is lost');
  await requireWholeClosures(host);
  const tool = new Tool(host);
  if (state.generation !== null) {
    await tool.get(['start', 'web']);
    expect(await answers(host, 'http://web/')).to.equal(PAGES[state.generation - 1]);
  }
  const { code, document, stderr } = await tool.ask(verb.argv);
  expect(code, `again: ${JSON.stringify(document)}\n${stderr}`).to.equal(isBefore ? 0 : verb.whenDone);
  const again = await stateOn(host);
  const left = differences(after, again, { withTimes: false });
  if (left.length > 0) throw new Error(`after the command ran again:\n  ${left.join('\n  ')}`);
  await requireWholeClosures(host);
  if (again.generation !== null)
    expect(await answers(host, 'http://web/')).to.equal(PAGES[again.generation - 1]);
  return isBefore ? 'before' : 'after';
}
