import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { REPOSITORY } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf } from './tool.js';

describeOnHost('what the README and the manual show', 'documented', (host) => {
  it('is the session of scripts/demo: each command succeeds and says what it should', async () => {
    const { stdout } = await host().run([`${REPOSITORY}/scripts/demo-session`]);
    expect(stdout).to.include('nothing of it is left');
  });

  it('is the installation on Debian 13, where what is fetched is there already', async () => {
    const page = await readFile(new URL('../../docs/installation.md', import.meta.url), 'utf8');
    const lines = ['Debian 13, Ubuntu 26.04', 'Completions', 'Start containers at boot'].flatMap((heading) =>
      commandsUnder(heading, page),
    );
    const [install = '', ...others] = lines.filter((line) => !line.startsWith('npm '));
    expect(install).to.match(/^apt install /);
    const packages = install.split(' ').filter((word) => !['apt', 'install', 'npm'].includes(word));
    // Ends with 1 where one of them is not installed.
    await host().run(['dpkg-query', '--show', ...packages]);
    expect(others).to.have.length.of.at.least(5);
    for (const line of others) await host().run(['bash', '-euc', line]);
    expect(await host().ask(['systemctl', 'is-enabled', 'nixos-nspawn-autostart.service'])).to.equal(
      'enabled',
    );
    expect(await host().ask(['nixos-nspawn', 'doctor', '--json'])).to.include('"healthy":true');
  });

  it("is the library's example, as it is written", async () => {
    // As in a program's own folder, with the package among its dependencies.
    await host().run(['mkdir', '-p', '/srv/program/node_modules']);
    await host().run(['ln', '-s', REPOSITORY, '/srv/program/node_modules/nixos-nspawn']);
    await host().run(['cp', `${REPOSITORY}/docs/examples/library.mjs`, '/srv/program']);
    const example = ['node', '/srv/program/library.mjs'] as const;
    const stdout = await host().ask([...example, 'web', flakeOf('web'), flakeOf('web-2')]);
    const told = stdout.split('\n').map((line) => JSON.parse(line) as Document);
    expect(told).to.deep.include({ created: 'web', generation: 1, state: 'running' });
    expect(told).to.deep.include({ updated: 'web', generation: 2, activation: 'reload' });
    expect(told).to.deep.include({ rolledBack: 'web', generation: 1 });
    expect(told).to.deep.include({ generations: [2, 1] });
    expect(told.at(-1)).to.deep.equal({ left: 0 });
  });
});

/** What a page has one type under a heading, line by line. */
function commandsUnder(heading: string, page: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`the page has no section '${heading}'`);
  return [...section.matchAll(/^# (.+)$/gm)].map(([, line = '']) => line);
}
