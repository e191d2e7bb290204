import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { evaluateExpression, here, needsNixpkgs, root, tree } from './nix.js';

/** Options that NixOS added after 24.11. */
const LATER = ['copyResolvConf', 'flake', 'localMacAddress', 'networkNamespace', 'privateUsers'];

/** The rows of the table: the options on the left, and all names in backquotes on the right. */
async function rows(): Promise<{ options: string[]; names: string[] }[]> {
  const page = await readFile(join(root, 'docs/migration.md'), 'utf8');
  const table = page.slice(page.indexOf('### Each option'), page.indexOf('## From `nixos-container`'));
  const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, left = '', ...right] = line.split('|');
      return { options: quoted(left), names: quoted(right.join('|')) };
    });
}

describe("the table of the options of NixOS's containers", function () {
  this.timeout(300_000);
  before(needsNixpkgs);

  it('has each option once', async () => {
    const declared = await evaluateExpression<string[]>(
      `builtins.attrNames ((import ${here('fixtures/host.nix')} { nixpkgs = "${tree ?? ''}"; })
        .options.containers.type.nestedTypes.elemType.getSubOptions [ ])`,
    );
    // `pkgs` was removed from NixOS.
    const expected = declared.filter((name) => name !== '_module' && name !== 'pkgs');
    const listed = (await rows()).flatMap(({ options }) => options);
    expect(listed).to.have.members([...new Set([...expected, ...LATER])]);
  });

  it('names only options that exist', async () => {
    const page = await readFile(join(root, 'docs/options.md'), 'utf8');
    const known = [...page.matchAll(/^### `([^`]+)`/gm)].map(([, name]) => name ?? '');
    for (const { options, names } of await rows()) {
      const [first = ''] = names;
      // A row begins with an option, unless a preset or a key of systemd is the counterpart.
      const option = /^[a-z][A-Za-z.]*$/.test(first)
        ? first.replace(/^nspawnNetwork\..*/, 'nspawnNetwork')
        : null;
      if (option === null || ['host', 'macvlan', 'systemd.nspawn.NAME.settings'].includes(option)) continue;
      expect(
        known.some((name) => name === option || option.startsWith(`${name}.`)),
        `${options.join(', ')}: ${option}`,
      ).to.equal(true);
    }
  });
});
