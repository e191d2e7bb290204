import { expect } from 'chai';
import { mountUnit } from '../../../src/systemd/mount-units.js';

describe('the mount unit of a path', () => {
  // The output of 'systemd-escape --path --suffix=mount' of systemd 257.
  for (const [path, unit] of [
    ['/mnt/nas', 'mnt-nas.mount'],
    ['/mnt/nas/', 'mnt-nas.mount'],
    ['/mnt/my nas', 'mnt-my\\x20nas.mount'],
    ['/srv/a-b/c_d', 'srv-a\\x2db-c_d.mount'],
    ['/.hidden', '\\x2ehidden.mount'],
    ['/srv/ü', 'srv-\\xc3\\xbc.mount'],
  ] as const)
    it(`is ${unit} for ${path}`, () => {
      expect(mountUnit(path)).to.equal(unit);
    });
});
