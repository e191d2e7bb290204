import { expect } from 'chai';
import { answers } from '../../host/by-hand.js';
import { Host } from '../../host/host.js';
import { diffSnapshots, type Snapshot } from '../../host/snapshot.js';
import { type Document, Tool } from '../../host/tool.js';
import { KEPT, PAGES, type Verb } from './verbs.js';

const PROFILES = '/nix/var/nix/profiles/per-nspawn';
const RECORD = '/var/lib/nixos-nspawn/containers/web.json';
/** The files of the container, except for those of its root. */
const PLACES = ['/etc/systemd', '/var/lib/nixos-nspawn', PROFILES];

/** A container after a boot. */
export interface State {
  places: Snapshot;
  /** The number of its generation; null if there is no container. */
  generation: number | null;
  hasRoot: boolean;
  hasKept: boolean;
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
  return {
    places: filesIn(await host.snapshot(PLACES)),
    generation: status.code === 0 ? Number(status.document.generation) : null,
    hasRoot: await host.has('/var/lib/machines/web'),
    hasKept: await host.has(KEPT),
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

/** Compares the content of each store path of each generation with what Nix has recorded. */
async function requireWholeClosures(host: Host): Promise<void> {
  if (!(await host.has(PROFILES))) return;
  const links = await host.ask(['find', PROFILES, '-name', 'system*', '-type', 'l']);
  if (links === '') return;
  await host.run(['nix', 'store', 'verify', '--no-trust', '--recursive', ...links.split('\n')]);
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
  // The file in the root is written after the first creation only.
  const wanted = { ...after, hasKept: again.hasKept };
  expect(differences(wanted, again, { withTimes: false }), 'after the command ran again').to.deep.equal([]);
  await requireWholeClosures(host);
  if (again.generation !== null)
    expect(await answers(host, 'http://web/')).to.equal(PAGES[again.generation - 1]);
  return isBefore ? 'before' : 'after';
}
