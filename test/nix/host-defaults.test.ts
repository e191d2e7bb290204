import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { evaluate, here, type Json, needsNixpkgs, refusal, tree } from './nix.js';

type Data = Record<string, Json> & { hostDefaults: Record<string, Json> };

/** A host in the result of test/nix/fixtures/host-defaults.nix. */
interface HostView {
  failed: string[];
  written: Record<string, Json>;
  declarative: Record<string, Data>;
  imperative: Record<string, Data>;
}

/** Nix source: the defaults, and the settings of each container. */
interface Case {
  defaults: string;
  containers: Record<string, string>;
}

const HOSTS = here('fixtures/host-defaults.nix');
const CONTAINERS = here('fixtures/containers.nix');

const set = (values: Record<string, string>) =>
  `{ ${Object.entries(values)
    .map(([name, value]) => `${name} = ${value};`)
    .join(' ')} }`;

const text = { nixpkgs: tree ?? '' };

const hosts = (cases: Record<string, Case>) => ({
  addsFiles: true,
  text,
  source: {
    cases: set(
      Object.fromEntries(
        Object.entries(cases).map(([name, { defaults, containers }]) => [
          name,
          set({ defaults, containers: set(containers) }),
        ]),
      ),
    ),
  },
});

/** A container to which the text of a file of defaults applies. */
const withFile = (content: string) => ({
  addsFiles: true,
  text,
  source: {
    cases: `{
      box = {
        imports = import ${here('../../nix/defaults-file.nix')} (builtins.unsafeDiscardStringContext (builtins.toFile "defaults.nix" ${JSON.stringify(content)}));
      };
    }`,
  },
});

/** An error of Nix without colors and line breaks. */
const words = (stderr: string) => stripVTControlCharacters(stderr).replace(/\s+/g, ' ');

describe('the defaults of a host', function () {
  this.timeout(580_000);
  before(needsNixpkgs);

  describe('on a host', () => {
    let all: Record<string, HostView>;
    const host = (name: string) => {
      const found = all[name];
      if (found === undefined) throw new Error(`host ${name} does not exist`);
      return found;
    };
    /** The settings of a container, which must be the same for both kinds. */
    const box = (name: string, container: string): Data => {
      const { failed, declarative, imperative } = host(name);
      expect(failed).to.deep.equal([]);
      const [ours, theirs] = [declarative[container], imperative[container]];
      const different = ['declarative', 'restartKey', 'schema'];
      const comparable = (data: Data | undefined) =>
        Object.fromEntries(Object.entries(data ?? {}).filter(([key]) => !different.includes(key)));
      expect(comparable(theirs), container).to.deep.equal(comparable(ours));
      if (theirs === undefined) throw new Error(`container ${container} does not exist`);
      return theirs;
    };

    before(async () => {
      all = await evaluate<Record<string, HostView>>(
        HOSTS,
        hosts({
          plain: {
            defaults: `{
              resources = { memoryMax = "1G"; tasksMax = 64; };
              activation.strategy = "restart";
              capabilities.drop = [ "CAP_MKNOD" ];
              bindMounts = [ "/srv/host" { hostPath = "/srv/b c"; readOnly = true; } ];
              environment = { PLAIN = "host"; HOSTILE = "it's \\"x\\" \\\${y} %i \\\\ '''"; };
              hostNetworks."20-vb-one".matchConfig.Name = "vb-one";
              limits = { NOFILE = 1024; CORE = 0; };
              plugins = { health.units = [ "a" ]; "odd name".x = [ null (-1) 1.0e-6 "  two\\n    lines\\n" ]; };
              timeoutStartSec = "2min";
              userNamespacing = true;
            }`,
            containers: {
              untouched: '{ }',
              own: `{
                resources.memoryMax = "2G";
                activation.autoStart = false;
                bindMounts = [ ];
                capabilities.add = [ "CAP_SYSLOG" ];
                environment = { PLAIN = "own"; MORE = "own"; };
                hostNetworks."20-vb-two".matchConfig.Name = "vb-two";
                limits.NOFILE = 2048;
                plugins.health.units = [ "b" ];
                userNamespacing = false;
              }`,
              weak: `lib: {
                resources.memoryMax = lib.mkDefault null;
                timeoutStartSec = lib.mkDefault "3min";
              }`,
            },
          },
          network: {
            defaults: `{ zone = "lab"; extraVeths.ve-more.interface = "more0"; volatile = true; }`,
            containers: {
              untouched: '{ }',
              bridged: '{ bridge = "br0"; }',
              linked: '{ persistLeases = true; }',
              elsewhere: '{ networkNamespace = "/run/netns/vpn"; }',
              copied: '{ ephemeral = true; }',
            },
          },
          exclusive: {
            defaults: '{ zone = "lab"; bridge = "br0"; }',
            containers: { web: '{ }' },
          },
          unsuitable: {
            defaults: '{ mountDaemonSocket = true; }',
            containers: { web: '{ sharedNix = false; }' },
          },
          none: { defaults: '{ }', containers: { web: '{ }' } },
        }),
      );
    });

    it('apply to containers of both kinds', () => {
      const data = box('plain', 'untouched');
      expect(data).to.deep.include({
        bindMounts: ['/srv/host', '/srv/b c'],
        limits: { CORE: 0, NOFILE: 1024 },
        timeoutStartSec: '2min',
        userNamespacing: true,
      });
      expect(data.resources).to.deep.include({ memoryMax: '1G', tasksMax: 64, cpuQuota: null });
      expect(data.activation).to.deep.include({ strategy: 'restart', autoStart: true });
      expect(data.capabilities).to.deep.equal({ add: [], drop: ['CAP_MKNOD'] });
    });

    it('are weaker than the definitions of a container, also than its null, false and empty lists', () => {
      expect(box('plain', 'own')).to.deep.include({ bindMounts: [], userNamespacing: false });
      expect(box('plain', 'own').resources).to.deep.include({ memoryMax: '2G', tasksMax: 64 });
      expect(box('plain', 'own').activation).to.deep.include({ strategy: 'restart', autoStart: false });
      expect(box('plain', 'own').capabilities).to.deep.equal({ add: ['CAP_SYSLOG'], drop: ['CAP_MKNOD'] });
      expect(box('plain', 'weak').resources).to.deep.include({ memoryMax: null, tasksMax: 64 });
      expect(box('plain', 'weak')).to.include({ timeoutStartSec: '3min' });
    });

    it('stay beside the entries that a container defines itself', () => {
      const { environment, hostNetworks, limits, plugins } = box('plain', 'own');
      expect(environment).to.deep.equal({
        PLAIN: 'own',
        MORE: 'own',
        HOSTILE: `it's "x" $\{y} %i \\ '''`,
      });
      expect(Object.keys(hostNetworks as object)).to.have.members(['20-vb-one', '20-vb-two']);
      expect(limits).to.deep.equal({ CORE: 0, NOFILE: 2048 });
      expect(plugins).to.deep.equal({
        health: { units: ['b'] },
        'odd name': { x: [null, -1, 1e-6, '  two\n    lines\n'] },
      });
    });

    it('are recorded as they are defined, and only these', () => {
      const { hostDefaults } = box('plain', 'own');
      expect(hostDefaults).to.deep.equal(host('plain').written);
      expect(hostDefaults).to.have.all.keys([
        ...['activation', 'bindMounts', 'capabilities', 'environment', 'hostNetworks', 'limits', 'plugins'],
        ...['resources', 'timeoutStartSec', 'userNamespacing'],
      ]);
      expect(hostDefaults.resources).to.deep.equal({ memoryMax: '1G', tasksMax: 64 });
      expect(box('none', 'web').hostDefaults).to.deep.equal({});
    });

    it('do not apply to a container that sets an option which excludes them', () => {
      expect(box('network', 'untouched')).to.include({ zone: 'lab', volatile: true });
      expect(box('network', 'untouched').extraVeths).to.have.property('ve-more');
      expect(box('network', 'bridged')).to.include({ zone: null, bridge: 'br0' });
      expect(box('network', 'linked')).to.include({ zone: null, persistLeases: true });
      expect(box('network', 'elsewhere')).to.deep.include({ zone: null, extraVeths: {} });
      expect(box('network', 'copied')).to.include({ volatile: false, ephemeral: true });
    });

    it('are named if they cause a problem of a container', () => {
      expect(host('exclusive').failed).to.deep.equal([
        "Container `web': `zone' and `bridge' exclude each other, because a link can be in only one of them. The host has defaults for `bridge', `zone', in `nixos.containers.hostDefaults'.",
      ]);
      expect(host('unsuitable').failed).to.deep.equal([
        "Container `web': `mountDaemonSocket' needs `sharedNix'. Otherwise the container would not see what the daemon builds. The host has defaults for `mountDaemonSocket', in `nixos.containers.hostDefaults'.",
      ]);
    });
  });

  describe('are refused with the path of the option', () => {
    const wrong: Record<string, [value: string, told: string[]]> = {
      'a value of another type': [
        '{ resources.memoryMax = "lots"; }',
        ['resources.memoryMax', 'amount of memory', '"lots"'],
      ],
      'a value of another type in a list': [
        '{ bindMounts = [ "/srv/a" "relative" ]; }',
        ['bindMounts', '"relative"'],
      ],
      'an unknown option': ['{ memoryMax = "1G"; }', ['memoryMax', 'does not exist']],
      'an unknown option of a group': [
        '{ resources.memory = "1G"; }',
        ['resources.memory', 'does not exist'],
      ],
      'an unknown limit': ['{ limits.NOPE = 5; }', ['limits.NOPE', 'does not exist']],
      'a value instead of a group': ['{ resources = "1G"; }', ['resources']],
    };
    for (const [what, [value, told]] of Object.entries(wrong)) {
      it(`${what}, in the configuration of a host`, async () => {
        const said = words(
          await refusal(HOSTS, hosts({ host: { defaults: value, containers: { web: '{ }' } } })),
        );
        for (const part of [`nixos.containers.hostDefaults.${told[0]}`, ...told.slice(1)])
          expect(said).to.include(part);
      });

      it(`${what}, in the file`, async () => {
        const said = words(await refusal(CONTAINERS, withFile(value)));
        for (const part of [`nixosContainer.${told[0]}`, ...told.slice(1), '-defaults.nix'])
          expect(said).to.include(part);
      });
    }

    it('options that are not settings', async () => {
      for (const name of ['hostDefaults', 'presets']) {
        expect(words(await refusal(CONTAINERS, withFile(`{ ${name} = [ ]; }`)))).to.match(
          new RegExp(`-defaults\\.nix: there is no option \`${name}'`),
        );
        const defaults = `{ ${name} = [ ]; }`;
        expect(
          words(await refusal(HOSTS, hosts({ host: { defaults, containers: { web: '{ }' } } }))),
        ).to.include(`\`nixos.containers.hostDefaults.${name}' does not exist`);
      }
      expect(words(await refusal(CONTAINERS, withFile('{ declarative = true; }')))).to.match(
        /`nixosContainer\.declarative' is read-only.*-defaults\.nix/,
      );
    });

    it('a file that contains something else', async () => {
      for (const content of ['[ ]', '{ lib, ... }: { }', '"text"'])
        expect(words(await refusal(CONTAINERS, withFile(content)))).to.match(
          /-defaults\.nix is not an attribute set of options of `nixosContainer'/,
        );
      expect(words(await refusal(CONTAINERS, withFile('{ resources.memoryMax = "1G"')))).to.match(
        /syntax error.*-defaults\.nix:1:/,
      );
    });
  });
});
