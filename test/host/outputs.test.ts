import { expect } from 'chai';
import { waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { Terminal } from './terminal.js';
import { flakeOf, Tool } from './tool.js';

/** Prints the exit codes of a pipe on the last line of standard error. */
const CODES = `echo "codes: \${PIPESTATUS[*]}" >&2`;

describeOnHost('outputs that cannot be written', 'outputs', (host) => {
  let tool: Tool;

  before(async function () {
    this.timeout(300_000);
    tool = new Tool(host());
    await tool.create('web');
  });

  /** Runs a line of shell. */
  const shell = (line: string) => host().run(['bash', '-c', line], { timeout: 150_000, check: false });

  const generationOf = async (name: string) =>
    (await tool.get<{ generation: number; state: string }>(['status', name])).generation;

  it('do not stop a change if the reader exits', async function () {
    this.timeout(300_000);
    await tool.get(['remove', 'web', '--delete-state']);
    const made = await shell(`nixos-nspawn create web --flake ${flakeOf('web')} 2>&1 | head -1; ${CODES}`);
    expect(made.stderr).to.equal('codes: 0 0\n');
    expect(await generationOf('web')).to.equal(1);
    const updated = await shell(
      `nixos-nspawn update web --flake ${flakeOf('web-2')} --verbose 2>&1 | grep -q .; ${CODES}`,
    );
    expect(updated.stderr).to.equal('codes: 0 0\n');
    expect(await generationOf('web')).to.equal(2);
    const json = await shell(`nixos-nspawn rollback web --json | true; ${CODES}`);
    expect(json.stderr).to.equal('codes: 0 0\n');
    expect(await generationOf('web')).to.equal(1);
  });

  it('do not stop a change if the disk is full, but the exit code reports a lost result', async function () {
    this.timeout(300_000);
    const json = await shell(`nixos-nspawn update web --flake ${flakeOf('web-2')} --json >/dev/full`);
    expect(json.code).to.equal(74);
    expect(json.stderr).to.match(/^Error: The result could not be written to standard output: ENOSPC\.\n/);
    expect(json.stderr.split('\n').length, json.stderr).to.be.below(6);
    expect(await generationOf('web')).to.be.above(1);
    const both = await shell('nixos-nspawn rollback web >/dev/full 2>&1');
    expect(both.code).to.equal(74);
    expect(await generationOf('web')).to.equal(1);
    const progress = await shell(`nixos-nspawn update web --flake ${flakeOf('web-2')} 2>/dev/full`);
    expect(progress.code).to.equal(0);
    expect(progress.stdout).to.include('web');
  });

  it('do not prevent an error message on standard error', async () => {
    const { code, stderr } = await shell('nixos-nspawn status nosuch --json >/dev/full');
    expect(code).to.equal(2);
    expect(stderr).to.include("Container 'nosuch' does not exist.");
  });

  it('are not an error of any command if only the reader exited', async function () {
    this.timeout(300_000);
    for (const line of [
      'list',
      'list --json',
      '--help',
      'completions bash',
      'status web',
      'status --watch',
    ]) {
      const { stderr } = await shell(`timeout 60 nixos-nspawn ${line} | head -c 1; ${CODES}`);
      expect(stderr, line).to.equal('codes: 0 0\n');
    }
    for (const line of ['list', 'completions bash', '--version']) {
      const { code, stderr } = await shell(`nixos-nspawn ${line} >/dev/full`);
      expect({ code, lines: stderr.split('\n').length }, line).to.deep.equal({ code: 74, lines: 4 });
    }
  });

  it('cause exit code 74 if a nearly full disk truncates them', async () => {
    await host().run(['mount', '--mkdir', '-t', 'tmpfs', '-o', 'size=4k', 'small', '/mnt/small']);
    const { code, stderr } = await shell('nixos-nspawn completions bash >/mnt/small/script');
    expect(code, stderr).to.equal(74);
    await host().run(['umount', '/mnt/small']);
  });

  it('do not stop a change if the terminal is closed', async function () {
    this.timeout(300_000);
    const line = `exec nixos-nspawn create plain --flake ${flakeOf('plain')}`;
    const terminal = await Terminal.open(host(), 'closing', ['bash', '-c', line]);
    await terminal.shows('Evaluate and build');
    await terminal.close();
    await waitFor(
      'the container',
      async () => {
        const { code, document } = await tool.ask<{ state?: string }>(['status', 'plain']);
        return code === 0 && document.state === 'running';
      },
      { timeout: 60_000 },
    );
  });
});
