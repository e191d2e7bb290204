import { expect } from 'chai';
import { cases, measure } from '../../bench/eval/measure.js';
import { needsNixpkgs, tree } from './nix.js';

describe('the cost that this project adds to the evaluation of a container', function () {
  this.timeout(300_000);
  before(needsNixpkgs);

  for (const name of cases) {
    it(`is at most 2 % for ${name}`, async () => {
      const bare = await measure(tree ?? '', name, 'bare');
      const ours = await measure(tree ?? '', name, 'ours');
      expect(ours.functionCalls / bare.functionCalls, 'function calls').to.be.within(0.9, 1.02);
      expect(ours.allocated / bare.allocated, 'bytes allocated').to.be.within(0.9, 1.02);
    });
  }
});
