import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../host/host.js';
import { type Answer, type Document, type Machine, Tool } from '../host/tool.js';
import { NIXPKGS } from './host.js';

/** Lists the failed units of a container. */
const FAILED_UNITS = ['systemctl', 'list-units', '--failed', '--plain', '--no-legend', '--full'] as const;

/** For a command that builds a system. This takes seconds on an idle machine and minutes on a busy one. */
export const BUILDING = { timeout: 580_000 } as const;

/** The containers of a suite, created from configuration files in /srv/containers of its host. */
export class NixosContainers {
  readonly tool: Tool;

  constructor(private readonly host: Machine) {
    this.tool = new Tool(host);
  }

  /** Writes a configuration: a web server with one page (page.nix), and further settings of the module. */
  async write(
    name: string,
    { page = 1, settings = '' }: { page?: number; settings?: string } = {},
  ): Promise<string> {
    const shared = await readFile(fileURLToPath(new URL('containers/page.nix', import.meta.url)));
    await this.host.writeFile('/srv/containers/page.nix', shared);
    const path = `/srv/containers/${name}.nix`;
    await this.host.writeFile(
      path,
      `{ pkgs, lib, options, ... }:\n{\n  imports = [ (import ./page.nix "${name}, page ${page}") ];\n${settings}\n}\n`,
    );
    return path;
  }

  /** Writes a configuration and creates a container from it. */
  async create(
    name: string,
    content: { page?: number; settings?: string } = {},
    ...flags: string[]
  ): Promise<Document> {
    const path = await this.write(name, content);
    return this.tool.get(['create', name, '--config', path, '--nixpkgs', NIXPKGS, ...flags], BUILDING);
  }

  /** Writes the configuration again and updates the container to it. The update may fail. */
  async update(
    name: string,
    content: { page?: number; settings?: string } = {},
    ...flags: string[]
  ): Promise<Answer<Document>> {
    await this.write(name, content);
    return this.tool.ask(['update', name, ...flags], BUILDING);
  }

  /** Starts the Nix daemon of the host. Without it, Nix uses the store directly. */
  async startNixDaemon(): Promise<void> {
    await this.host.run(['systemd-run', '--quiet', '--unit=nix-daemon', 'nix-daemon']);
    await waitFor('the Nix daemon', () =>
      this.host.ask(['nix', 'store', 'info', '--json', '--store', 'daemon']),
    );
  }

  /** The PID on the host of the container's PID 1. */
  leader(name: string): Promise<string> {
    return this.host.ask(['machinectl', 'show', name, '--property=Leader', '--value']);
  }

  /** The main PID of the container's service. */
  mainPid(name: string): Promise<string> {
    return this.host.ask(['systemctl', 'show', `systemd-nspawn@${name}`, '--property=MainPID', '--value']);
  }

  /** The page that the container serves at this URL, by default under its name. */
  page(name: string, url = `http://${name}/`): Promise<string> {
    return waitFor(`a page at ${url}`, () =>
      this.host.ask(['curl', '-sS', '--fail', '--max-time', '5', url]),
    );
  }

  /** Waits for an address of the container that begins with this text, and returns it. */
  address(name: string, beginning: string): Promise<string> {
    return waitFor(`an address ${beginning}… of ${name}`, async () => {
      const all = await this.host.ask(['nixos-nspawn', 'addresses', name]);
      return all.split('\n').find((line) => line.startsWith(beginning));
    });
  }

  /** The output of a command in the container. */
  inside(name: string, ...argv: string[]): Promise<string> {
    return this.host.ask(['nixos-nspawn', 'run', name, '--', ...argv]);
  }

  /** The failed units of the container. */
  async failedUnits(name: string): Promise<string[]> {
    const lines = (await this.inside(name, ...FAILED_UNITS)).split('\n').filter((line) => line !== '');
    return lines.map((line) => line.split(' ')[0] ?? '');
  }
}
