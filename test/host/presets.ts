import { expect } from 'chai';
import { type Host, type Outside, REPOSITORY, type Snapshot, waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, Tool } from './tool.js';

/** Containers `web` and `other` that accept presets (test/fixtures/presets). */
const FLAKE = '/srv/presets';

/** The flags for a container of this flake, with presets. */
export const from = (attribute: string, presets: readonly string[] = []) => [
  '--flake',
  `path:${FLAKE}#${attribute}`,
  ...presets.flatMap((preset) => ['--preset', preset]),
];

/**
 * Assembles the flake in the host, with the fixture container and the project's Nix code next to it. Also creates the
 * directories that the tool's first run creates on a tmpfs and leaves.
 */
export async function preparePresets(host: Host): Promise<void> {
  await host.run(['mkdir', '-p', FLAKE]);
  await host.run(['cp', '--recursive', `${REPOSITORY}/test/fixtures/presets/.`, FLAKE]);
  await host.run(['cp', '--recursive', `${REPOSITORY}/test/fixtures/flake`, `${FLAKE}/fixture`]);
  await host.run(['cp', '--recursive', `${REPOSITORY}/nix`, `${FLAKE}/nix`]);
  const run = '/run/nixos-nspawn';
  await host.run(['mkdir', '-p', '--mode=700', run, `${run}/locks`, `${run}/roots`]);
}

/** The tools of a suite about presets. */
interface PresetSuite {
  host(): Host;
  tool(): Tool;
  /** Saves the current state of the host, with which `nothingIsLeft` compares. */
  keep(): Promise<void>;
  nothingIsLeft(): Promise<void>;
}

/** A suite on a host with an uplink and containers that accept presets. `prepare` adds further requirements. */
export function describePresets(
  title: string,
  name: string,
  body: (suite: PresetSuite) => void,
  prepare: (host: Host, outside: Outside) => Promise<unknown> = async () => undefined,
): void {
  describeOnHost(title, name, (host) => {
    let untouched: Snapshot;
    const suite: PresetSuite = {
      host,
      tool: () => new Tool(host()),
      keep: async () => {
        untouched = await host().snapshot();
      },
      nothingIsLeft: async () => {
        expect(await host().changesSince(untouched)).to.deep.equal([]);
      },
    };

    before(async () => {
      const [outside] = await Promise.all([host().uplink(), preparePresets(host())]);
      await prepare(host(), outside);
      await suite.keep();
    });

    body(suite);
  });
}

export const create = (host: Host, container: string, ...presets: string[]): Promise<Document> =>
  new Tool(host).get(['create', container, ...from(container, presets)]);

export const remove = (host: Host, container: string): Promise<Document> =>
  new Tool(host).get(['remove', container, '--delete-state']);

/** Removes what a failed test left, so that it does not affect the next one. */
export async function removeAll(host: Host): Promise<void> {
  for (const name of ['web', 'other'])
    if (await host.has(`/etc/systemd/nspawn/${name}.nspawn`)) await remove(host, name);
}

/** The recorded presets of the container: parameters by name. */
export async function remembered(host: Host, container: string): Promise<Record<string, unknown>> {
  const record = JSON.parse(await host.readFile(`/var/lib/nixos-nspawn/containers/${container}.json`)) as {
    presets: { name: string; parameters: unknown }[];
  };
  return Object.fromEntries(record.presets.map(({ name, parameters }) => [name, parameters]));
}

/** Runs a command in the container and returns its output. */
export const inside = (host: Host, container: string, ...argv: string[]): Promise<string> =>
  host.ask(['systemd-run', `--machine=${container}`, '--pipe', '--quiet', '--wait', ...argv]);

/** Starts a command in the container, which keeps running. */
export const serve = (host: Host, container: string, ...argv: string[]): Promise<unknown> =>
  host.run(['systemd-run', `--machine=${container}`, '--quiet', '--service-type=exec', ...argv]);

/** A machine that pings others and requests web pages. */
export interface Peer {
  /** Waits for an answer. Addresses and routes are available a few seconds after a start. */
  pings(address: string): Promise<unknown>;
  /** Waits for the page and returns its text. */
  reads(url: string): Promise<string>;
  /** Whether there is no answer now. */
  isDeafTo(url: string): Promise<boolean>;
}

const peer = (ask: (argv: [string, ...string[]]) => Promise<string>): Peer => {
  const read = (url: string) => ask(['curl', '-sS', '--globoff', '--max-time', '2', url]);
  return {
    pings: (address) => waitFor(`a ping of ${address}`, () => ask(['ping', '-c1', '-W1', address])),
    reads: (url) => waitFor(`an answer of ${url}`, () => read(url)),
    isDeafTo: (url) =>
      read(url).then(
        () => false,
        () => true,
      ),
  };
};

export const hostItself = (host: Host): Peer => peer((argv) => host.ask(argv));
/** The other machine, at the other end of the host's uplink. */
export const theOutside = (host: Host): Peer =>
  peer((argv) => host.ask(['ip', 'netns', 'exec', 'outside', ...argv]));
export const container = (host: Host, name: string): Peer => peer((argv) => inside(host, name, ...argv));

/** Waits for an address of the container that begins with this text, and returns it. */
export const addressOf = (host: Host, name: string, beginning: string): Promise<string> =>
  waitFor(`an address ${beginning}… of ${name}`, async () => {
    const links = JSON.parse(await inside(host, name, 'ip', '-json', 'address', 'show')) as {
      addr_info?: { local: string }[];
    }[];
    return links
      .flatMap(({ addr_info = [] }) => addr_info.map(({ local }) => local))
      .find((address) => address.startsWith(beginning));
  });
