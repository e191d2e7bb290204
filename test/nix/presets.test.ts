import { expect } from 'chai';
import { type Forward, parseForward } from '../../plugins/network/src/ports.js';
import { combinedPortTexts, portTexts } from '../fixtures/presets/ports.js';
import { evaluate, here, needsNix } from './nix.js';

describe('presets in Nix', function () {
  this.timeout(300_000);
  before(needsNix);

  it('expose reads ports as the command line does, or refuses the same ones', async () => {
    const texts = [...portTexts, ...combinedPortTexts()];
    const nix = await evaluate<(Forward[] | null)[]>(here('fixtures/expose.nix'), {
      text: { texts: JSON.stringify(texts) },
    });
    expect(nix).to.have.length(texts.length);
    const differing = texts.filter(
      (text, index) =>
        JSON.stringify(sorted(nix[index] ?? null)) !== JSON.stringify(sorted(parseForward(text))),
    );
    expect(differing).to.deep.equal([]);
  });
});

const sorted = (forwards: Forward[] | null) =>
  forwards?.map(({ hostPort, containerPort, protocol }) => [hostPort, containerPort, protocol]) ?? null;
