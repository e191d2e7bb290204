import { expect } from 'chai';
import {
  type DeviceNode,
  deviceClasses,
  isPattern,
  isPermitted,
  matcher,
} from '../../../src/container/devices.js';

const char = (major: number, minor: number): DeviceNode => ({ kind: 'char', major, minor });
const block = (major: number, minor: number): DeviceNode => ({ kind: 'block', major, minor });

const classes = deviceClasses(`Character devices:
  1 mem
 10 misc
226 drm
511 nvidia-uvm

Block devices:
  7 loop
226 other
`);

const nodes = new Map([['/dev/kvm', char(10, 232)]]);
const isAllowed = (device: DeviceNode, policy: string, ...allowed: string[]) =>
  isPermitted(device, { policy, allowed }, { nodes, classes });

describe('the devices that a service permits', () => {
  it('are those of /proc/devices by class', () => {
    expect(classes).to.deep.include({ kind: 'char', major: 511, name: 'nvidia-uvm' });
    expect(classes).to.deep.include({ kind: 'block', major: 7, name: 'loop' });
    expect(isAllowed(char(226, 128), 'closed', 'char-drm')).to.equal(true);
    expect(isAllowed(block(226, 128), 'closed', 'char-drm')).to.equal(false);
    expect(isAllowed(char(511, 0), 'closed', 'char-nvidia*')).to.equal(true);
    expect(isAllowed(char(511, 0), 'closed', 'char-nvidia')).to.equal(false);
    expect(isAllowed(block(7, 3), 'closed', 'block-*')).to.equal(true);
  });

  it('are those with the numbers of a permitted path', () => {
    expect(isAllowed(char(10, 232), 'closed', '/dev/kvm')).to.equal(true);
    expect(isAllowed(char(10, 229), 'closed', '/dev/kvm')).to.equal(false);
    expect(isAllowed(char(10, 229), 'closed', '/dev/absent')).to.equal(false);
  });

  it('include pseudo devices, except with the policy `strict`', () => {
    expect(isAllowed(char(1, 3), 'closed')).to.equal(true);
    expect(isAllowed(char(136, 0), 'closed')).to.equal(true);
    expect(isAllowed(char(1, 3), 'strict')).to.equal(false);
    expect(isAllowed(block(1, 3), 'closed')).to.equal(false);
  });

  it('are all devices with the policy `auto`, if no device is listed', () => {
    expect(isAllowed(char(10, 229), 'auto')).to.equal(true);
    expect(isAllowed(char(10, 229), 'auto', '/dev/kvm')).to.equal(false);
  });
});

describe('a pattern of devices', () => {
  it('matches whole names, and treats other characters literally', () => {
    expect(isPattern('/dev/dri/renderD*')).to.equal(true);
    expect(isPattern('/dev/kvm')).to.equal(false);
    expect(matcher('renderD*').test('renderD128')).to.equal(true);
    expect(matcher('tty?').test('tty10')).to.equal(false);
    expect(matcher('a.b*').test('axb')).to.equal(false);
  });
});
