import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { findProgram } from '../../../src/base/programs.js';
import { requireBuildingHost, requireHost } from '../../../src/doctor/preflight.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';
import { hostLayout, type Layout } from '../../../src/host/layout.js';
import { FakeCommands } from '../fake-commands.js';

describe('the check before a change', () => {
  let fake: FakeCommands;
  let layout: Layout;
  const { signal } = new AbortController();

  before(function () {
    // Users other than root are refused before anything is checked.
    if (process.geteuid?.() !== 0) this.skip();
  });

  beforeEach(async () => {
    layout = hostLayout({ root: await mkdtemp(join(tmpdir(), 'nspawn-preflight-')) });
    fake = await FakeCommands.install('systemctl', 'nix', 'nix-env', 'nix-store');
    await fake.answer('systemctl', { stdout: 'systemd 257 (257.13-1)\n' });
  });

  afterEach(async () => {
    await fake.uninstall();
    await rm(layout.root, { recursive: true });
  });

  const refusal = async (change: Promise<unknown>) => {
    const error = await change.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof NspawnError)) throw new Error(`not refused: ${String(error)}`);
    return { code: error.code, exitCode: error.exitCode, finding: error.details.finding };
  };

  const hostLacks = (finding: string) => ({ code: 'host-lacks', exitCode: 7, finding });

  it('starts only one process if nothing is wrong, which reads the version of systemd', async () => {
    await requireHost({ layout, signal });
    expect(await fake.lines()).to.deep.equal(['systemctl --version']);
    expect(await requireBuildingHost({ layout, signal })).to.deep.equal([]);
    expect(await fake.lines()).to.deep.equal(['systemctl --version']);
  });

  it('refuses a systemd that is too old', async () => {
    await fake.answer('systemctl', { stdout: 'systemd 255 (255.4-1)\n' });
    expect(await refusal(requireHost({ layout, signal }))).to.deep.equal(hostLacks('old-systemd'));
  });

  it('refuses a directory that is a link into the Nix store', async () => {
    const inStore = join(layout.root, 'nix/store/etc-nspawn');
    await mkdir(inStore, { recursive: true });
    await mkdir(dirname(layout.unitDir), { recursive: true });
    await symlink(inStore, layout.unitDir);
    expect(await refusal(requireHost({ layout, signal }))).to.deep.equal(hostLacks('not-writable'));
  });

  it('requires Nix only for a build', async () => {
    const path = process.env.PATH;
    const tools = join(layout.root, 'tools');
    await mkdir(tools);
    for (const tool of ['cat', 'rm', 'setpriv', 'systemctl']) {
      const program = await findProgram(tool);
      if (program !== null) await symlink(program, join(tools, tool));
    }
    process.env.PATH = tools;
    try {
      await requireHost({ layout, signal });
      expect(await refusal(requireBuildingHost({ layout, signal }))).to.deep.equal(hostLacks('nix-missing'));
    } finally {
      process.env.PATH = path;
    }
  });
});
