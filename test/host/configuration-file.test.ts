import { expect } from 'chai';
import { answers } from './by-hand.js';
import { REPOSITORY } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, errorOf, Tool } from './tool.js';

/** A nixpkgs on this machine, with which complete NixOS systems are evaluated. */
const tree = process.env.NIXOS_NSPAWN_TEST_NIXPKGS;
const TREE = '/srv/nixpkgs';
const STAND_IN = `${REPOSITORY}/test/fixtures/nixpkgs`;
const FILE = '/srv/web/configuration.nix';

describeOnHost(
  'create --config',
  'configuration-file',
  (host) => {
    const tool = () => new Tool(host());
    const configure = (text: string) => host().writeFile(FILE, text);
    const create = (...flags: string[]) => tool().ask(['create', 'web', '--config', FILE, ...flags]);

    describe('with a replacement for nixpkgs', () => {
      const nixpkgs = { env: { NIXOS_NSPAWN_NIXPKGS: STAND_IN } };

      /** Creates the container anew from the file, which imports another one, with a preset. */
      const createFromFile = async () => {
        await tool().get(['remove', 'web', '--delete-state']);
        await configure(`{
          imports = [ ./ports.nix ];
          fixture.greeting = 1;
          nixosContainer.resources.tasksMax = 500;
          systemd.nspawn.web.settings.Exec.Hostname = "told-by-the-file";
        }`);
        await host().writeFile(
          '/srv/web/ports.nix',
          '{ nixosContainer.bindMounts = [ "/srv/web:/srv/seen" ]; }',
        );
        return tool().get(['create', 'web', '--config', FILE, '--preset', 'expose:8181:80'], nixpkgs);
      };

      it('creates a running container from the file, its options and presets', async () => {
        const document = await createFromFile();
        expect(document).to.deep.include({ generation: 1, state: 'running' });
        expect(await answers(host(), 'http://web/')).to.equal('hello from configured generation 1');

        const [status] = await tool()
          .get<Document[]>(['status', 'web'])
          .then((one) => [one].flat());
        expect(status?.ports).to.deep.equal([
          { protocol: 'tcp', host_port: 8181, container_port: 80, forwarded: true },
        ]);
        const inside = async (...argv: string[]) =>
          (await host().run(['nixos-nspawn', 'run', 'web', '--', ...argv])).stdout.trim();
        expect(await inside('cat', '/proc/sys/kernel/hostname')).to.equal('told-by-the-file');
        expect(await inside('ls', '/srv/seen')).to.equal('configuration.nix\nports.nix');
        const service = [
          'systemctl',
          'show',
          '--value',
          '--property=TasksMax',
          'systemd-nspawn@web',
        ] as const;
        expect(await host().ask(service)).to.equal('500');
      });

      it('is followed by updates from the same file with the same nixpkgs and presets', async () => {
        await createFromFile();
        const file = await host().readFile(FILE);
        await configure(file.replace('greeting = 1', 'greeting = 2'));
        const { code, document } = await tool().ask<Document>(['update', 'web', '--strategy', 'restart']);
        expect(code, JSON.stringify(document)).to.equal(0);
        expect(await answers(host(), 'http://web/')).to.equal('hello from configured generation 2');
        const data = '/nix/var/nix/profiles/per-nspawn/web/system/nixos-nspawn/data.json';
        const { presets } = JSON.parse(await host().readFile(data)) as { presets: Document[] };
        expect(presets.map(({ parameters }) => parameters)).to.deep.equal([{ ports: ['8181:80'] }]);
      });

      it('shows the error of Nix for an invalid file, and creates nothing', async () => {
        await tool().get(['remove', 'web', '--delete-state']);
        await configure('{ nixosContainer.zone = ; }');
        const answer = await create('--nixpkgs', STAND_IN);
        expect(answer.code).to.equal(11);
        expect(errorOf(answer).stderr).to.include('syntax error').and.to.include(`${FILE}:1:`);
        expect(await host().has('/nix/var/nix/profiles/per-nspawn/web')).to.equal(false);
        expect(await host().has('/etc/systemd/nspawn/web.nspawn')).to.equal(false);
      });
    });

    describe('with nixpkgs', () => {
      before(function () {
        if (tree === undefined) this.skip();
      });

      it('reports the option that has a wrong value, and its file', async () => {
        await configure('{ system.stateVersion = "24.11"; nixosContainer.bindMounts = [ "/srv/../etc" ]; }');
        const answer = await create('--nixpkgs', TREE);
        expect(answer.code).to.equal(11);
        const { stderr } = errorOf(answer);
        expect(stderr).to.include('nixosContainer.bindMounts').and.to.include(`In \`${FILE}'`);
      });

      it('reports a failed assertion with the container and its options', async () => {
        await configure(`{
          system.stateVersion = "24.11";
          nixosContainer = { zone = "lab"; hostNetworkConfig = { }; };
        }`);
        const answer = await create('--nixpkgs', TREE);
        expect(answer.code).to.equal(11);
        expect(errorOf(answer).stderr).to.include(
          "Container `web': `zone' and `hostNetworkConfig' exclude each other",
        );
        expect(await host().has('/etc/systemd/nspawn/web.nspawn')).to.equal(false);
      });
    });
  },
  async () => ({ binds: tree === undefined ? [] : [{ from: tree, to: TREE, readOnly: true }] }),
);
