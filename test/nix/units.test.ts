import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { expectGolden } from './golden.js';
import { evaluate, evaluateExpression, here, type Json, type NixFailure, needsNix } from './nix.js';

interface UnitFiles {
  'box.nspawn': string;
  'box.nspawn.systemd-261': string;
  'service-overrides.conf': string;
  'prepare.sh': string;
  'data.json': Json;
  'networks.json': Record<string, Json>;
  problems: string[];
  restartKey: string;
}

const golden = (name: string) => here(join('golden/units', name));
const json = (value: Json) => `${JSON.stringify(value, null, 2)}\n`;

/** The golden files of a case, without those that contain nothing specific to it. */
const files = (unit: UnitFiles): Record<string, string> => ({
  'box.nspawn': unit['box.nspawn'],
  ...(/^RestrictAddressFamilies=AF/m.test(unit['box.nspawn.systemd-261'])
    ? { 'box.nspawn.systemd-261': unit['box.nspawn.systemd-261'] }
    : {}),
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

  it('creates the golden files of each case', async () => {
    expect(Object.keys(units)).to.have.length.at.least(40);
    for (const [name, unit] of Object.entries(units)) {
      for (const [file, text] of Object.entries(files(unit)))
        await expectGolden(join(golden(name), file), text);
    }
  });

  it('has no golden files of cases that do not exist', async () => {
    expect((await readdir(golden('.'))).sort()).to.deep.equal(Object.keys(units).sort());
    for (const [name, unit] of Object.entries(units)) {
      expect((await readdir(golden(name))).sort(), name).to.deep.equal(Object.keys(files(unit)).sort());
    }
  });

  it('permits all socket address families explicitly, in a separate file for the versions of systemd that know the key', () => {
    for (const [name, unit] of Object.entries(units).filter(([name]) => !/^(wrong-)?families$/.test(name))) {
      const lines = unit['box.nspawn.systemd-261'].split('\n');
      expect(lines, name).to.include('RestrictAddressFamilies=~');
      const others = lines.filter((line) => line !== 'RestrictAddressFamilies=~');
      expect(others.join('\n'), name).to.equal(unit['box.nspawn']);
    }
  });

  it('reports problems only for the wrong cases', () => {
    for (const [name, unit] of Object.entries(units)) {
      expect(unit.problems, name).to.have.length(name.startsWith('wrong-') ? 1 : 0);
      for (const problem of unit.problems) expect(problem).to.match(/^Container `box': .*`.*\.$/);
    }
  });

  it('changes the restart key for settings that need a restart, but not for those that a reload applies', () => {
    const key = (name: string) => units[name]?.restartKey;
    const reloadable = [
      'strategy-none',
      'strategy-reload',
      'no-autostart',
      'reload-script',
      'timeout',
      'plugins',
      'order',
    ];
    for (const name of [...reloadable, 'container-network'])
      expect(key(name), name).to.equal(key('defaults'));
    const others = Object.keys(units).filter(
      (name) => !reloadable.includes(name) && !name.startsWith('wrong-'),
    );
    const keys = others.map(key);
    // These cases differ from the defaults only in .network files.
    const sameAsDefaults = others.filter((name) => key(name) === key('defaults')).sort();
    expect(sameAsDefaults).to.deep.equal(['container-network', 'defaults', 'host-networks', 'users-none']);
    expect(new Set(keys).size).to.be.at.least(others.length - 6);
  });

  it('changes the restart key for variables of the service, except those that NixOS sets', async () => {
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

  it('refuses a key with a line break', async () => {
    const text = `(import ${here('../../nix/units')}).render.nspawn { Exec = { }; Files = { }; Network."Zone=x\n[Exec]\nBoot" = "yes"; }`;
    const said = await evaluateExpression(text).then(
      String,
      (error: unknown) => (error as NixFailure).stderr,
    );
    expect(said).to.include('"Zone=x\\n[Exec]\\nBoot" is not a valid key of a unit file.');
  });

  it('reads sections under the names of the NixOS version, because obsolete names cause warnings', async () => {
    const sections = (nspawn: string) =>
      evaluateExpression(`import ${here('../../nix/container/sections.nix')} ${nspawn}`);
    const later =
      '{ execConfig = throw "obsolete"; settings = { Exec.A = 1; Files = { }; Network = { }; }; }';
    expect(await sections(later)).to.deep.equal({ Exec: { A: 1 }, Files: {}, Network: {} });
    const earlier =
      '{ execConfig.A = 1; filesConfig = { }; networkConfig = { }; settings = { isAlias = true; Exec = { }; }; }';
    expect(await sections(earlier)).to.deep.equal({ Exec: { A: 1 }, Files: {}, Network: {} });
  });

  it('includes all fields of the Python tool in data.json', async () => {
    const reference = here('golden/reference/imperative/defaults/data.json');
    const names = Object.keys(JSON.parse(await readFile(reference, 'utf8')) as object);
    for (const [name, unit] of Object.entries(units))
      expect(unit['data.json'], name).to.include.all.keys(...names);
  });
});
