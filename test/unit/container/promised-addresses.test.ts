import { expect } from 'chai';
import { promisedAddresses } from '../../../src/container/promised-addresses.js';
import { parseUnitFile } from '../../../src/container/unit-file.js';

const promised = (...texts: string[]) => promisedAddresses(texts.map(parseUnitFile));

describe('the addresses that a .network file promises', () => {
  it('are a lease if DHCP is enabled for IPv4', () => {
    for (const word of ['yes', 'true', 'on', '1', 'ipv4', 'both'])
      expect(promised(`[Network]\nDHCP=${word}`), word).to.deep.equal({ fixed: [], lease: true });
    for (const word of ['no', 'ipv6', 'false'])
      expect(promised(`[Network]\nDHCP=${word}`), word).to.deep.equal({ fixed: [], lease: false });
    expect(promised('[Match]\nName=host0')).to.deep.equal({ fixed: [], lease: false });
  });

  it('are the fixed ones of both sections, without those that networkd chooses', () => {
    const file =
      '[Network]\nDHCP=yes\nAddress=10.0.0.2/24\nAddress=0.0.0.0/28\n[Address]\nAddress=fd00::2/64';
    expect(promised(file)).to.deep.equal({ fixed: ['10.0.0.2', 'fd00::2'], lease: false });
    expect(promised('[Network]\nDHCP=ipv4\nAddress=fd00::2/64')).to.deep.equal({
      fixed: ['fd00::2'],
      lease: true,
    });
  });

  it('include those of drop-ins, which can clear the list', () => {
    expect(
      promised('[Network]\nDHCP=yes\nAddress=10.0.0.2/24', '[Network]\nAddress=\nDHCP=no'),
    ).to.deep.equal({ fixed: [], lease: false });
  });
});
