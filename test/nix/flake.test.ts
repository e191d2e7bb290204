import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { evaluateExpression, here, needsNixpkgs, nix, root, tree } from './nix.js';

const systems = ['aarch64-linux', 'x86_64-linux'];

/** The value of an expression in which `self` is the flake and `input` is its nixpkgs. */
const ask = <T>(expression: string) =>
  evaluateExpression<T>(
    `with import ${here('fixtures/flake.nix')} { nixpkgs = "${tree ?? ''}"; }; ${expression}`,
  );

const store = /^\/nix\/store\/[0-9a-z]{32}-/;

describe('the flake', function () {
  this.timeout(600_000);
  before(needsNixpkgs);

  it('has all documented outputs, for both systems', async () => {
    const names = await ask<Record<string, Record<string, string[]> | string[]>>(`
      let
        names = builtins.attrNames;
        each = builtins.mapAttrs (_: names);
      in
      {
        overlays = names self.overlays;
        nixosModules = names self.nixosModules;
        lib = names self.lib;
        containers = each self.nixosContainers;
        packages = each self.packages;
        apps = each self.apps;
        shells = each self.devShells;
        formatter = names self.formatter;
      }
    `);
    const each = (...all: string[]) => Object.fromEntries(systems.map((system) => [system, all]));
    expect(names).to.deep.equal({
      overlays: ['default', 'nixos-nspawn'],
      nixosModules: ['default', 'hypervisor'],
      lib: ['mkContainer'],
      containers: each('example'),
      packages: each('default', 'nixos-nspawn'),
      apps: each('default', 'nixos-nspawn'),
      shells: each('default'),
      formatter: systems,
    });
  });

  it('has derivations as outputs, each for its own system', async () => {
    const made = await ask<Record<string, Record<string, [string, string]>>>(`
      let
        of = package: [ package.drvPath package.system ];
      in
      input.lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: {
        command = of self.packages.\${system}.nixos-nspawn;
        example = of self.nixosContainers.\${system}.example;
        shell = of self.devShells.\${system}.default;
        formatter = of self.formatter.\${system};
        check = of self.checks.\${system}.nixos-nspawn;
      })
    `);
    for (const system of systems) {
      for (const [what, [path, of]] of Object.entries(made[system] ?? {})) {
        expect(path, what)
          .to.match(store)
          .and.match(/[.]drv$/);
        expect(of, what).to.equal(system);
      }
    }
    expect(Object.keys(made[systems[0] ?? ''] ?? {})).to.have.length(5);
  });

  it('has an app that `nix run` can run', async () => {
    const app = await ask<{ type: string; program: string }>('self.apps.x86_64-linux.default');
    expect(app.type).to.equal('app');
    expect(app.program).to.match(/\/bin\/nixos-nspawn$/);
  });

  it('has an overlay that adds the command to the packages', async () => {
    const same = await ask<boolean[]>(`
      let
        pkgs = input.legacyPackages.x86_64-linux.extend self.overlays.default;
        packages = self.packages.x86_64-linux;
      in
      [
        (pkgs.nixos-nspawn.drvPath == packages.nixos-nspawn.drvPath)
      ]
    `);
    expect(same).to.deep.equal([true]);
  });

  it('includes all files that the build of the command reads', async () => {
    // Writes the source to the store, unlike a plain evaluation.
    const { stdout: said } = await nix([
      'nix-instantiate',
      '--eval',
      '--read-write-mode',
      '--json',
      '--expr',
      `with import ${here('fixtures/flake.nix')} { nixpkgs = "${tree ?? ''}"; };
      let
        unused = input.lib.genAttrs [
          "cacert" "coreutils" "e2fsprogs" "findutils" "installShellFiles" "makeWrapper" "nftables" "nix" "nodejs" "stdenvNoCC" "systemd"
          "util-linux"
        ] (name: "/\${name}");
        attributes = import ${join(root, 'nix/package.nix')} (unused // {
          inherit (input) lib;
          buildNpmPackage = attributes: attributes;
          importNpmLock = {
            __functor = _: _: null;
            npmConfigHook = null;
          };
        });
      in
      "\${attributes.src}"`,
    ]);
    const src = String(JSON.parse(said));
    const { stdout } = await nix(['find', src, '-type', 'f', '-printf', '%P\n']);
    const scratch = await mkdtemp(join(tmpdir(), 'nixos-nspawn-source-'));
    try {
      for (const path of stdout.trim().split('\n')) {
        await mkdir(dirname(join(scratch, path)), { recursive: true });
        await copyFile(join(root, path), join(scratch, path));
      }
      await symlink(join(root, 'node_modules'), join(scratch, 'node_modules'));
      await promisify(execFile)(process.execPath, ['scripts/build.mjs'], { cwd: scratch });
      expect(await readdir(join(scratch, 'dist'))).to.include.members([
        'program.cjs',
        'src',
        'man',
        'completions',
      ]);
    } finally {
      await rm(scratch, { recursive: true });
    }
  });

  it('has a module that installs the command, with and without the overlay', async () => {
    const [withOverlay, without] = await ask<[string[], string[]]>(`
      let
        pkgs = input.legacyPackages.x86_64-linux;
        installed =
          pkgs:
          let
            host = input.lib.nixosSystem {
              modules = [
                self.nixosModules.default
                {
                  nixpkgs.pkgs = pkgs;
                  networking.useNetworkd = true;
                  system.stateVersion = "24.11";
                  documentation.enable = false;
                }
              ];
            };
          in
          map (package: package.drvPath) (
            builtins.filter (package: package.pname or package.name == "nixos-nspawn") host.config.environment.systemPackages
          );
      in
      [ (installed (pkgs.extend self.overlays.default)) (installed pkgs) ]
    `);
    const command = await ask<string>('self.packages.x86_64-linux.nixos-nspawn.drvPath');
    expect(withOverlay).to.deep.equal([command]);
    expect(without).to.deep.equal([command]);
  });

  describe('and its tests in virtual machines', () => {
    const tests = [
      'activation',
      'autostart',
      'configuration-file',
      'declarative',
      'imperative',
      'macvlan',
      'migration',
      'networking',
      'wireguard',
      'zones',
    ];

    it('are all checks of the flake, each in its own file', async () => {
      const names = await ask<Record<string, string[]>>(
        'builtins.mapAttrs (_: builtins.attrNames) self.checks',
      );
      const virtual = tests.map((name) => `vm-${name}`);
      const expected = ['example', 'nixos-nspawn', ...virtual];
      expect(names).to.deep.equal(Object.fromEntries(systems.map((system) => [system, expected])));
      const files = (await readdir(`${root}/nix/checks`)).filter((file) => file.endsWith('.nix'));
      expect(files.sort()).to.deep.equal(['default.nix', ...tests.map((name) => `${name}.nix`)].sort());
    });

    for (const name of tests) {
      it(`can be evaluated, with machines and script: ${name}`, async () => {
        const { path, script } = await ask<{ path: string; script: string }>(`
          let
            test = self.checks.x86_64-linux.vm-${name};
          in
          {
            path = test.drvPath;
            script = test.driver.testScript;
          }
        `);
        expect(path).to.match(store).and.contain(`nixos-nspawn-${name}`);
        expect(script).to.contain('.wait_for_unit(');
        // It contains no path of the sources on the host, which a machine of the test cannot read.
        expect(script).to.not.contain(root);
      });
    }
  });
});
