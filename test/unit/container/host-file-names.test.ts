import { expect } from 'chai';
import { filesFor, newerUnits } from '../../../src/container/host-file-names.js';

describe('the .nspawn files of a closure', () => {
  const names = [
    'data.json',
    'web.nspawn',
    'web.nspawn.systemd-270',
    'web.nspawn.systemd-261',
    'web.nspawn.systemd-',
    'web.nspawn.systemd-261~rc1',
    'web.nspawn.systemd-261.nspawn',
    'db.nspawn.systemd-261',
    'web.nspawn.orig',
  ];

  it('are for any version of systemd, or for one version and newer ones', () => {
    expect(newerUnits('web', names)).to.deep.equal([
      { file: 'web.nspawn.systemd-261', since: 261 },
      { file: 'web.nspawn.systemd-270', since: 270 },
    ]);
  });

  it('are chosen by the version of the host', () => {
    const provided = {
      unitForAny: 'web.nspawn',
      newerUnits: newerUnits('web', names),
      networks: ['20-ve-web.network'],
      dropIn: '[Service]\n',
    };
    for (const [version, unit] of [
      [0, 'web.nspawn'],
      [257, 'web.nspawn'],
      [260, 'web.nspawn'],
      [261, 'web.nspawn.systemd-261'],
      [269, 'web.nspawn.systemd-261'],
      [270, 'web.nspawn.systemd-270'],
    ] as const)
      expect(filesFor(provided, version), `${version}`).to.deep.equal({
        unit,
        networks: ['20-ve-web.network'],
        dropIn: '[Service]\n',
      });
  });

  it('are the same file for all versions if the closure has no other', () => {
    const provided = { unitForAny: 'web.nspawn', newerUnits: [], networks: [], dropIn: '' };
    expect(filesFor(provided, 262).unit).to.equal('web.nspawn');
  });
});
