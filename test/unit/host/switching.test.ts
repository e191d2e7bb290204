import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { switchObstacles } from '../../../src/host/switching.js';

/** The directory of a system. `inhibitors` is the text of its file; null means no file. */
async function system(inhibitors: string | null, canSwitch = true): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'system-'));
  if (inhibitors !== null) await writeFile(join(directory, 'switch-inhibitors'), inhibitors);
  await mkdir(join(directory, 'bin'));
  if (canSwitch) await writeFile(join(directory, 'bin/switch-to-configuration'), '');
  return directory;
}

describe('what prevents NixOS from switching a running system', () => {
  const dbus = (implementation: string) => JSON.stringify({ 'dbus-implementation': implementation });

  it('is a component that both systems list and that changed', async () => {
    const [running, other] = [await system(dbus('dbus')), await system(dbus('broker'))];
    expect(await switchObstacles(running, other)).to.deep.equal([
      'NixOS cannot switch dbus-implementation in a running system',
    ]);
    expect(await switchObstacles(running, running)).to.deep.equal([]);
  });

  it('is not a component that only one of them lists, as in NixOS', async () => {
    const running = await system(dbus('dbus'));
    for (const text of [null, '{}', '{"other":"1"}', '/nix/store/a-list-of-paths', '["a"]', ''])
      expect(await switchObstacles(running, await system(text)), String(text)).to.deep.equal([]);
    expect(await switchObstacles(null, running)).to.deep.equal([]);
  });

  it('is that the system has no switch-to-configuration', async () => {
    expect(await switchObstacles(null, await system(null, false))).to.deep.equal([
      'the new system has no switch-to-configuration',
    ]);
  });
});
