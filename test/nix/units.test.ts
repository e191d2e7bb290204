import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { expectGolden } from './golden.js';
import { evaluate, evaluateExpression, here, type Json, type NixFailure, needsNix } from './nix.js';

interface UnitFiles {
  'box.nspawn': string;
  'service-overrides.conf': string;
  'prepare.sh': string;
  'data.json': Json;
  'networks.json': Record<string, Json>;
  problems: string[];
  restartKey: string;
}

const golden = (name: string) => here(join('golden/units', name));
const json = (value: Json) => `${JSON.stringify(value, null, 2)}\n`;

/** The differences between a case's files and those of the defaults tell more than the files do. */
const files = (unit: UnitFiles): Record<string, string> => ({
  'box.nspawn': unit['box.nspawn'],
  'service-overrides.conf': unit['service-overrides.conf'],
  'data.json': json(unit['data.json']),
  ...(/'|sleep/.test(unit['prepare.sh']) ? { 'prepare.sh': unit['prepare.sh'] } : {}),
  ...(Object.keys(unit['networks.json']).length > 0 ? { 'networks.json': json(unit['networks.json']) } : {}),
  ...(unit.problems.length > 0 ? { 'problems.txt': `${unit.problems.join('\n')}\n` } : {}),
});

describe('nix/units', function () {
  this.timeout(300_000);
  before(needsNix);

  let units: Record<string, UnitFiles>;

  before(async () => {
    units = await evaluate<Record<string, UnitFiles>>(here('fixtures/units.nix'), { text: { cases: '' } });
  });

  it('makes of each case the files that are written down for it', async () => {
    expect(Object.keys(units)).to.have.length.at.least(40);
    for (const [name, unit] of Object.entries(units)) {
      for (const [file, text] of Object.entries(files(unit)))
        await expectGolden(join(golden(name), file), text);
    }
  });

  it('has no written files of cases that are no more', async () => {
    expect((await readdir(golden('.'))).sort()).to.deep.equal(Object.keys(units).sort());
    for (const [name, unit] of Object.entries(units)) {
      expect((await readdir(golden(name))).sort(), name).to.deep.equal(Object.keys(files(unit)).sort());
    }
  });

  it('finds something wrong with the wrong cases, and nothing with the others', () => {
    for (const [name, unit] of Object.entries(units)) {
      expect(unit.problems, name).to.have.length(name.startsWith('wrong-') ? 1 : 0);
      for (const problem of unit.problems) expect(problem).to.match(/^Container `box': .*`.*\.$/);
    }
  });

  it('keeps the restart key for what a reload applies, and changes it for what takes a restart', () => {
    const key = (name: string) => units[name]?.restartKey;
    const reloadable = [
      'strategy-none',
      'strategy-reload',
      'no-autostart',
      'reload-script',
      'timeout',
      'plugins',
    ];
    for (const name of [...reloadable, 'container-network'])
      expect(key(name), name).to.equal(key('defaults'));
    const others = Object.keys(units).filter(
      (name) => !reloadable.includes(name) && !name.startsWith('wrong-'),
    );
    const keys = others.map(key);
    // Cases that differ only by files beside the container's own: their networks.
    const sameAsDefaults = others.filter((name) => key(name) === key('defaults')).sort();
    expect(sameAsDefaults).to.deep.equal(['container-network', 'defaults', 'host-networks']);
    expect(new Set(keys).size).to.be.at.least(others.length - 4);
  });

  it('changes the restart key for what the service has in its environment, but for what NixOS puts there', async () => {
    const key = (environment: Record<string, string>) =>
      evaluateExpression<string>(`(import ${here('../../nix/units')}).restart {
        nspawn = { Exec = { }; Files = { }; Network = { }; };
        service = { serviceConfig = { }; environment = builtins.fromJSON ''${JSON.stringify(environment)}''; };
        settings.sharedNix = true;
        toplevel = "";
        switch = { };
      }`);
    const plain = await key({});
    expect(await key({ PATH: '/nix/store/x', TZDIR: '/nix/store/y' })).to.equal(plain);
    expect(await key({ SYSTEMD_NSPAWN_TMPFS_TMP: '0' })).to.not.equal(plain);
  });

  it('takes no key for one that would begin another line', async () => {
    const text = `(import ${here('../../nix/units')}).render.nspawn { Exec = { }; Files = { }; Network."Zone=x\n[Exec]\nBoot" = "yes"; }`;
    const said = await evaluateExpression(text).then(
      String,
      (error: unknown) => (error as NixFailure).stderr,
    );
    expect(said).to.include('"Zone=x\\n[Exec]\\nBoot" is no key of a unit file.');
  });

  it('reads the sections of a NixOS under the names that are real there: it speaks where others are read', async () => {
    const sections = (nspawn: string) =>
      evaluateExpression(`import ${here('../../nix/container/sections.nix')} ${nspawn}`);
    const later =
      '{ execConfig = throw "obsolete"; settings = { Exec.A = 1; Files = { }; Network = { }; }; }';
    expect(await sections(later)).to.deep.equal({ Exec: { A: 1 }, Files: {}, Network: {} });
    const earlier =
      '{ execConfig.A = 1; filesConfig = { }; networkConfig = { }; settings = { isAlias = true; Exec = { }; }; }';
    expect(await sections(earlier)).to.deep.equal({ Exec: { A: 1 }, Files: {}, Network: {} });
  });

  it("carries the Python tool's fields under their own names", async () => {
    const reference = here('golden/reference/imperative/defaults/data.json');
    const names = Object.keys(JSON.parse(await readFile(reference, 'utf8')) as object);
    for (const [name, unit] of Object.entries(units))
      expect(unit['data.json'], name).to.include.all.keys(...names);
  });
});
