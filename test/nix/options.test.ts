import { join } from 'node:path';
import { expect } from 'chai';
import { expectGolden } from './golden.js';
import { evaluate, here, needsNix, needsNixpkgs, root, tree } from './nix.js';
import { type Options, optionsPage } from './options-page.js';

const declared = (nixpkgs: string) => evaluate<Options>(here('fixtures/options.nix'), { text: { nixpkgs } });

describe('docs/options.md', function () {
  this.timeout(300_000);

  describe('with Nix', () => {
    before(needsNix);

    it('lists the declared options of containers and hosts', async () => {
      await expectGolden(join(root, 'docs/options.md'), optionsPage(await declared('')));
    });
  });

  describe('with nixpkgs', () => {
    before(needsNixpkgs);

    it("describes them as NixOS's own library does", async () => {
      const theirs = optionsPage(await declared(tree ?? ''));
      const ours = optionsPage(await declared(''));
      expect(ours.replaceAll('absolute path', 'path')).to.equal(theirs.replaceAll('absolute path', 'path'));
    });
  });
});
