import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { evaluate, here, needsNixpkgs, root, tree } from './nix.js';
import { entries } from './systemd-file.js';

type Files = Record<string, string>;

interface Examples {
  created: Record<string, Files>;
  flake: Files;
  declared: Files;
  installed: {
    packages: string[];
    autostart: boolean;
    forwarding: boolean;
    interfaces: string[];
    failed: string[];
  };
  firewalled: { trustedInterfaces: string[]; enable: boolean; enableIPv6: boolean };
  migration: { before: string; after: Files };
  secrets: {
    agenix: { start: string; watch: string; restart: string };
    sops: { start: string; isWatched: boolean; restartUnits: string[] };
  };
}

const folder = join(root, 'nix/examples');

/** The values of a key, in order. */
const values = (text: string | undefined, key: string) =>
  entries(text ?? '').flatMap((entry) => (entry.key === key ? [entry.value] : []));

describe('the Nix examples of the manual', function () {
  this.timeout(300_000);

  it('are all included in the manual as files', async () => {
    const pages = (await readdir(join(root, 'docs'))).filter((page) => page.endsWith('.md'));
    const manual = (await Promise.all(pages.map((page) => readFile(join(root, 'docs', page), 'utf8')))).join(
      '',
    );
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.nix'));
    const apart = ['web.nix'];
    for (const file of files.filter((file) => !apart.includes(file))) {
      expect(manual, file).to.contain(`<<< ../nix/examples/${file}{nix}`);
    }
  });

  it('include the one in the README', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    expect(readme).to.contain(`\`\`\`nix\n${await readFile(join(folder, 'web.nix'), 'utf8')}\`\`\`\n`);
  });

  describe('that are evaluated', () => {
    let examples: Examples;

    before(needsNixpkgs);
    before(async () => {
      examples = await evaluate<Examples>(here('fixtures/examples.nix'), { text: { nixpkgs: tree ?? '' } });
    });

    const created = (name: string) => {
      const files = examples.created[name];
      if (!files) throw new Error(`there is no example ${name}`);
      return files;
    };
    const nspawn = (name: string) =>
      Object.entries(created(name)).find(([file]) => file.endsWith('.nspawn'))?.[1];

    it('pass secrets of agenix, and restart the container when the file changes', () => {
      const { start, watch, restart } = examples.secrets.agenix;
      expect(start).to.contain('--load-credential=token:/run/agenix/web-token');
      expect(values(watch, 'PathChanged')).to.deep.equal(['/run/agenix/web-token']);
      expect(restart).to.contain('/bin/nixos-nspawn restart web --if-credentials-changed');
    });

    it('pass secrets of sops-nix, which restarts the unit of the container', () => {
      const { start, isWatched, restartUnits } = examples.secrets.sops;
      expect(start).to.contain('--load-credential=token:/run/secrets/web-token');
      expect(restartUnits).to.deep.equal(['systemd-nspawn@web.service']);
      expect(isWatched).to.equal(false);
    });

    it('forward port 8181 of the host to the web server of the README', () => {
      expect(values(nspawn('web'), 'Port')).to.deep.equal(['tcp:8181:80']);
    });

    it('create a container from a configuration file, and one from a flake with its mount', () => {
      expect(values(nspawn('mycontainer'), 'Bind')).to.deep.equal([]);
      expect(values(examples.flake['mycontainer.nspawn'], 'Bind')).to.deep.equal([
        '/var/lib/host/path:/var/lib/container/path',
      ]);
    });

    it('use the default network of systemd, with one port and without .network files', () => {
      expect(Object.keys(created('example')).filter((file) => file.endsWith('.network'))).to.deep.equal([]);
      expect(values(nspawn('example'), 'Port')).to.deep.equal(['tcp:8181:80']);
      expect(values(nspawn('example'), 'VirtualEthernet')).to.deep.equal([]);
    });

    it('set a zone, a bridge, a macvlan and no network', () => {
      expect(values(nspawn('zone'), 'Zone')).to.deep.equal(['myzone']);
      expect(values(nspawn('bridge'), 'Bridge')).to.deep.equal(['mybridge']);
      expect(values(nspawn('macvlan'), 'MACVLAN')).to.deep.equal(['eth1']);
      expect(values(nspawn('isolated'), 'VirtualEthernet')).to.deep.equal(['no']);
      expect(values(nspawn('isolated'), 'Private')).to.deep.equal(['true']);
    });

    it('set up IPv6: the host announces the prefix, and both ends have an address in it', () => {
      const host = created('ipv6')['20-ve-example.network'];
      expect(values(host, 'Prefix')).to.deep.equal(['2001:1234:abcd:ef01::/64']);
      expect(values(host, 'Assign')).to.deep.equal(['true']);
      expect(values(host, 'IPv6SendRA')).to.deep.equal(['yes']);
      expect(values(created('ipv6')['20-host0.network'], 'Address')).to.deep.equal([
        '2001:1234:abcd:ef01::2/64',
      ]);
    });

    it('declare a container with its mount', () => {
      expect(values(examples.declared['mycontainer.nspawn'], 'Bind')).to.deep.equal([
        '/var/lib/host/path:/var/lib/container/path',
      ]);
      expect(JSON.parse(examples.declared['data.json'] ?? '')).to.include({ declarative: true });
    });

    it('install the command and its autostart on a host, and open its firewall for containers', () => {
      const { packages, autostart, forwarding, interfaces, failed } = examples.installed;
      expect(packages).to.include('nixos-nspawn');
      expect({ autostart, forwarding, failed }).to.deep.equal({
        autostart: true,
        forwarding: true,
        failed: [],
      });
      expect(interfaces).to.include.members(['vb-+', 've-+', 'vz-+']);
    });

    it('trust the interfaces of containers on a host that is configured by hand', () => {
      expect(examples.firewalled.trustedInterfaces).to.include.members(['ve-+', 'vz-+', 'vb-+']);
      expect(examples.firewalled).to.include({ enable: true, enableIPv6: true });
    });

    it('keep the addresses of both ends and the mount of `containers.NAME` in a migration', () => {
      const { before, after } = examples.migration;
      const old = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(before)?.[1];
      const addresses = (unit: string | undefined) =>
        values(unit, 'Address').map((value) => value.split('/')[0]);
      // The empty address removes the default before it.
      expect(addresses(after['20-ve-mycontainer.network'])).to.deep.equal([
        '0.0.0.0',
        '',
        old('HOST_ADDRESS'),
      ]);
      expect(addresses(after['host0.network'])).to.deep.equal(['', old('LOCAL_ADDRESS')]);
      expect(old('PRIVATE_NETWORK')).to.equal('1');
      expect(before).to.contain('--bind=/home/alice:/home');
      expect(values(after['mycontainer.nspawn'], 'Bind')).to.deep.equal(['/home/alice:/home']);
    });
  });
});
