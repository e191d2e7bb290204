import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { REPOSITORY } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf } from './tool.js';

describeOnHost('the commands of the README and the manual', 'documented', (host) => {
  it('succeed in the session of scripts/demo, with the expected output', async () => {
    const { stdout } = await host().run([`${REPOSITORY}/scripts/demo-session`]);
    expect(stdout).to.include('nothing of it is left');
  });

  it('succeed for the installation on Debian 13, without those that fetch packages', async () => {
    const page = await readFile(new URL('../../docs/installation.md', import.meta.url), 'utf8');
    const lines = ['Debian 13, Ubuntu 26.04', 'Completions', 'Start containers at boot'].flatMap((heading) =>
      commandsUnder(heading, page),
    );
    const [install = '', ...others] = lines.filter((line) => !line.startsWith('npm '));
    expect(install).to.match(/^apt install /);
    const packages = install.split(' ').filter((word) => !['apt', 'install', 'npm'].includes(word));
    // Exits with 1 if one of them is not installed.
    await host().run(['dpkg-query', '--show', ...packages]);
    expect(others).to.have.length.of.at.least(5);
    for (const line of others) await host().run(['bash', '-euc', line]);
    expect(await host().ask(['systemctl', 'is-enabled', 'nixos-nspawn-autostart.service'])).to.equal(
      'enabled',
    );
    expect(await host().ask(['nixos-nspawn', 'doctor', '--json'])).to.include('"healthy":true');
  });

  it('succeed in the example program for the library', async () => {
    // The program is in its own folder, with the package as a dependency.
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

/** The commands of a page under a heading, line by line. */
function commandsUnder(heading: string, page: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`the page has no section '${heading}'`);
  return [...section.matchAll(/^# (.+)$/gm)].map(([, line = '']) => line);
}
