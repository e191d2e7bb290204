import { expect } from 'chai';
import { parseForward } from '../../../../plugins/network/src/ports.js';
import { combinedPortTexts } from '../../../fixtures/presets/ports.js';

const short = (text: string) =>
  parseForward(text)?.map(
    ({ hostPort, containerPort, protocol }) => `${protocol}:${hostPort}:${containerPort}`,
  ) ?? null;

describe('ports in short form', () => {
  for (const [text, ports] of [
    ['443', ['tcp:443:443']],
    ['8080:80', ['tcp:8080:80']],
    ['53:53/udp', ['udp:53:53']],
    ['8000-8002', ['tcp:8000:8000', 'tcp:8001:8001', 'tcp:8002:8002']],
    ['8000-8001:9000-9001/udp', ['udp:8000:9000', 'udp:8001:9001']],
    ['65535', ['tcp:65535:65535']],
  ] as const)
    it(`can be ${text}`, () => {
      expect(short(text)).to.deep.equal(ports);
    });

  for (const text of [
    '',
    '0',
    '080',
    '80:',
    ':80',
    '80/sctp',
    '8010-8000',
    '8000-8010:9000',
    '65536',
    '80:65536',
  ])
    it(`cannot be '${text}'`, () => {
      expect(short(text)).to.equal(null);
    });

  it('result in valid ports, as many on the host as in the container, for all combinations', () => {
    let read = 0;
    for (const text of combinedPortTexts()) {
      const forwards = parseForward(text) ?? [];
      read += forwards.length > 0 ? 1 : 0;
      for (const [index, { hostPort, containerPort, protocol }] of forwards.entries()) {
        expect(hostPort, text).to.be.within(1, 65_535);
        expect(containerPort, text).to.be.within(1, 65_535);
        expect(hostPort - (forwards[0]?.hostPort ?? 0), text).to.equal(index);
        expect(containerPort - (forwards[0]?.containerPort ?? 0), text).to.equal(index);
        expect(protocol, text).to.equal(text.endsWith('/udp') ? 'udp' : 'tcp');
      }
    }
    expect(read).to.be.at.least(50);
  });
});
