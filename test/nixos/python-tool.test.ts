import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY } from '../host/host.js';
import type { Document } from '../host/tool.js';
import { BUILDING } from './containers.js';
import { NIXPKGS } from './host.js';
import { describeNixos } from './suite.js';

/** The sources of the Python tool (m1cr0man/python-nixos-nspawn). Without them, this suite is skipped. */
const sources = process.env.NIXOS_NSPAWN_TEST_PYTHON_TOOL;

const TOOL = '/srv/python-tool';
const ITS_NIXPKGS = '/srv/python-nixpkgs';
const CONFIGURATION = '/srv/old.nix';
const CONTAINER = `${REPOSITORY}/test/nixos/containers/python.nix`;
const PROFILE = '/nix/var/nix/profiles/per-nspawn/old/system';

describeNixos('a container of the Python tool', 'python', (containers, host) => {
  /** Builds and sets a generation as the Python tool does. */
  const build = async (number: number) => {
    await host().writeFile(CONFIGURATION, `import ${CONTAINER} "old, page ${number}"`);
    const argv = [
      'nix-env',
      '--quiet',
      '-f',
      `${TOOL}/eval-config.nix`,
      '-p',
      PROFILE,
      '--arg',
      'nixpkgs',
      ITS_NIXPKGS,
    ] as const;
    const config = ['--arg', 'config', `"${CONFIGURATION}"`, '--arg', 'name', '"old"'];
    await host().run([...argv, ...config, '--set'], BUILDING);
  };

  /** The findings of doctor about containers. */
  const findings = async () => {
    const found = await containers().tool.get<{ findings: { container: string | null }[] }>(['doctor']);
    return found.findings.filter(({ container }) => container !== null);
  };

  before(async function () {
    if (sources === undefined) this.skip();
    const nix = join(sources, 'nixos_nspawn/nix');
    for (const file of await readdir(nix, { recursive: true })) {
      if (file.endsWith('.nix')) await host().writeFile(join(TOOL, file), await readFile(join(nix, file)));
    }
    // The Python tool imports a file of nixpkgs that these tests do not have.
    await host().run([
      'bash',
      '-euc',
      `cp -r ${NIXPKGS} ${ITS_NIXPKGS}; mkdir -p ${ITS_NIXPKGS}/pkgs/top-level
        echo 'import ../.' >${ITS_NIXPKGS}/pkgs/top-level/default.nix
        mkdir -p "$(dirname ${PROFILE})"`,
    ]);
    await build(1);
    await build(2);
    // What the Python tool does after the build (nixos_nspawn/models/container.py).
    await host().run([
      'bash',
      '-euc',
      `shopt -s nullglob; data=${PROFILE}/nixos-nspawn
        mkdir -p /etc/systemd/nspawn /etc/systemd/network /run/systemd/system/systemd-nspawn@old.service.d
        for unit in $data/*.network; do ln -s "$unit" /etc/systemd/network; done
        ln -s $data/old.nspawn /etc/systemd/nspawn
        cp $data/service-overrides.conf /run/systemd/system/systemd-nspawn@old.service.d/override.conf
        mkdir -p /var/lib/machines/old/{etc,usr}
        touch /var/lib/machines/old/etc/os-release
        systemctl reload systemd-networkd
        machinectl start old`,
    ]);
  });

  it('is listed as running, and doctor finds no problem with it', async () => {
    expect(await containers().page('old')).to.equal('hello from old, page 2');
    const [container] = await containers().tool.get<Document[]>(['list']);
    expect(container).to.include({ name: 'old', is_imperative: true, state: 'running', generation: 2 });
    expect(await findings()).to.deep.equal([]);
  });

  it('can be rolled back to its previous generation', async () => {
    await containers().tool.get(['rollback', 'old']);
    expect(await containers().page('old')).to.equal('hello from old, page 1');
  });

  it('can be updated, and keeps its files', async () => {
    await containers().inside('old', 'touch', '/var/lib/kept');
    const path = await containers().write('old', { page: 3 });
    const argv = ['update', 'old', '--config', path, '--nixpkgs', NIXPKGS];
    expect(await containers().tool.get(argv, BUILDING)).to.include({ generation: 3 });
    expect(await containers().page('old')).to.equal('hello from old, page 3');
    expect(await containers().inside('old', 'ls', '/var/lib')).to.contain('kept');
    expect(await containers().failedUnits('old')).to.deep.equal([]);
    expect(await host().has('/run/systemd/system/systemd-nspawn@old.service.d/override.conf')).to.equal(
      false,
    );
    expect(await findings()).to.deep.equal([]);
  });

  it('can be rolled back to a generation that the Python tool built', async () => {
    await containers().tool.get(['rollback', 'old']);
    expect(await containers().page('old')).to.equal('hello from old, page 2');
  });
});
