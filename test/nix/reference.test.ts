import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { differences, differencesPage, WHOLE_FILE } from './differences.js';
import { expectGolden } from './golden.js';
import { evaluate, here, type Json, needsNixpkgs, root, tree } from './nix.js';
import { canonical } from './systemd-file.js';

type Files = Record<string, string>;
type Kind = 'imperative' | 'declarative';

const withoutHashes = (text: string) => text.replace(/\/nix\/store\/[0-9a-z]{32}-/g, '/nix/store/HASH-');

/** Turns a JSON document into lines `path.to.value=value`. */
function flatten(value: Json, path = ''): string[] {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) {
    return [`${path}=${JSON.stringify(value)}`];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}

const lines = (file: string, text: string) =>
  file.endsWith('.json') ? flatten(JSON.parse(text) as Json).sort() : canonical(withoutHashes(text));

/** Whether only this project creates the file; notes the known reason in `used`. */
function isAddedFile(file: string, used: Set<number>): boolean {
  const reason = differences.findIndex(({ file: place, line }) => line === WHOLE_FILE && place.test(file));
  if (reason !== -1) used.add(reason);
  return reason !== -1;
}

describe('the output of the Python tool and of this project', function () {
  this.timeout(300_000);
  before(needsNixpkgs);

  let ours: Record<Kind, Record<string, Files>>;
  const used = new Set<number>();

  before(async () => {
    ours = await evaluate(here('fixtures/reference.nix'), { text: { nixpkgs: tree ?? '' } });
  });

  for (const kind of ['imperative', 'declarative'] as const) {
    it(`differs for ${kind} containers only for a known reason`, async () => {
      const folder = here(join('golden/reference', kind));
      const cases = await readdir(folder);
      expect(cases.sort()).to.deep.equal(Object.keys(ours[kind]).sort());
      for (const name of cases) {
        const files = ours[kind][name] ?? {};
        const references = (await readdir(join(folder, name))).sort();
        const added = Object.keys(files).filter((file) => isAddedFile(file, used));
        expect(
          Object.keys(files)
            .filter((file) => !added.includes(file))
            .sort(),
          name,
        ).to.deep.equal(references);
        for (const [file, text] of Object.entries(files)) {
          if (added.includes(file)) continue;
          const theirs = lines(file, await readFile(join(folder, name, file), 'utf8'));
          const mine = lines(file, text);
          const different = [
            ...theirs.filter((line) => !mine.includes(line)),
            ...mine.filter((line) => !theirs.includes(line)),
          ];
          for (const line of different) {
            const reason = differences.findIndex(
              ({ file: place, line: known }) => known !== WHOLE_FILE && place.test(file) && known.test(line),
            );
            expect(reason, `${kind}/${name}/${file}: no reason is known for ${line}`).to.not.equal(-1);
            used.add(reason);
          }
          const common = (all: string[]) => all.filter((line) => !different.includes(line));
          expect(common(mine), `${kind}/${name}/${file}`).to.deep.equal(common(theirs));
        }
      }
    });
  }

  it('has all of these differences', () => {
    expect([...used].sort((a, b) => a - b)).to.deep.equal([...differences.keys()]);
  });
});

describe('docs/nix-differences.md', () => {
  it('lists the known differences', async () => {
    await expectGolden(join(root, 'docs/nix-differences.md'), differencesPage());
  });
});
