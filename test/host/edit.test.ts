import { expect } from 'chai';
import { describeOnHost } from './suite.js';
import { Tool } from './tool.js';

const FLAKE = '/srv/flake';
/** Adds a line to the file, and shows how it was called. */
const EDITOR = '#!/bin/sh\necho "edits $*"\nfor file; do :; done\necho "# edited" >>"$file"\n';

describeOnHost('edit', 'edit', (host) => {
  const tool = () => new Tool(host());
  const shell = (script: string) => host().ask(['bash', '-euc', script]);
  /** Runs it on a terminal, and returns what it says and its exit code. */
  const edit = (args: string, { editor = '/srv/editor --wait', answer = 'n' } = {}) =>
    shell(
      `cd /srv; echo ${answer} | VISUAL='' EDITOR='${editor}' script -qec 'nixos-nspawn edit ${args}' /dev/null || echo "exit $?"`,
    );

  before(async () => {
    await host().writeFile('/srv/editor', EDITOR, 0o755);
    await shell(`cp -r /opt/nixos-nspawn/test/fixtures/flake ${FLAKE}; chmod -R u+w ${FLAKE}`);
    await tool().get(['create', 'plain', '--flake', `path:${FLAKE}#plain`]);
  });

  it('needs a terminal', async () => {
    const { code, stderr } = await host().run(['nixos-nspawn', 'edit', 'plain'], { check: false });
    expect(code).to.equal(64);
    expect(stderr).to.include('needs a terminal');
  });

  it("opens the container's flake, and updates only after a yes", async () => {
    const said = await edit('plain');
    expect(said).to.include(`edits --wait ${FLAKE}/flake.nix`).and.include('Update container');
    expect(said).to.not.include('exit');
    expect(await shell(`tail -n 1 ${FLAKE}/flake.nix`)).to.equal('# edited');
    expect((await tool().get(['status', 'plain'])).generation).to.equal(1);
  });

  it('updates the container after a yes', async () => {
    await shell(`sed -i 's/\\(greeting = "hello\\)/\\1 again/' ${FLAKE}/container.nix`);
    const said = await edit('plain', { answer: 'y' });
    expect(said).to.include('Generation: 2');
    expect((await tool().get(['status', 'plain'])).generation).to.equal(2);
    expect(await edit('plain --file container.nix --yes')).to.include(`${FLAKE}/container.nix`);
  });

  it('does nothing if the file was not changed', async () => {
    expect(await edit('plain', { editor: 'true' })).to.include('was not changed');
  });

  it('reports an editor that fails or does not exist', async () => {
    expect(await edit('plain', { editor: 'false' })).to.include('exit 11');
    expect(await edit('plain', { editor: '/no/editor' })).to.match(/exit (7|11)/);
    expect(await edit('plain --file none.nix'))
      .to.include('none.nix')
      .and.include('exit');
  });

  it('refuses a source that is not a file of this host', async () => {
    const closure = await host().buildFixture('web');
    await tool().get(['create', 'web', '--profile', closure]);
    expect(await edit('web'))
      .to.include('already built')
      .and.include('exit 10');
    expect(await edit('nobody')).to.include('exit 2');
  });
});
