import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Forward, parseForward } from '../../plugins/network/src/ports.js';
import { combinedPortTexts, portTexts } from '../fixtures/presets/ports.js';
import { evaluate, here, needsNix, needsNixpkgs, refusal, root, tree } from './nix.js';

const file = (preset: string) => join(root, 'plugins/network/nix', `${preset}.nix`);

describe('presets in Nix', function () {
  this.timeout(300_000);
  before(needsNix);

  it('accept and refuse the same ports in `expose` as the command line', async () => {
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

  it('are the same for declarative containers as in the plugin', async () => {
    const names = await evaluate<Record<string, string>>(here('../../nix/bundled-presets.nix'));
    const manifest = JSON.parse(await readFile(join(root, 'plugins/network/package.json'), 'utf8'));
    expect(Object.keys(names)).to.have.members(manifest.nixosNspawn.presets);
  });

  const problems = async (preset: string, parameters: object) =>
    evaluate<{ assertion: boolean; message: string }[]>(here('fixtures/preset-problems.nix'), {
      text: { presets: JSON.stringify([{ module: file(preset), parameters }]) },
    });

  for (const [preset, parameters, missing] of [
    ['ula', {}, '`prefix`'],
    ['zone', {}, '`name`'],
    ['macvlan', { address: ['10.0.0.2/24'] }, '`interface`'],
    ['static', { gateway: ['10.0.0.1'] }, '`address`'],
  ] as const)
    it(`report that ${preset} needs ${missing}`, async () => {
      expect(await problems(preset, parameters)).to.deep.equal([
        {
          assertion: false,
          message: `The preset \`${preset}' needs ${missing.replace(/`$/, "'")}. \`nixos-nspawn presets show ${preset}' shows its parameters.`,
        },
      ]);
    });

  it('report nothing if all parameters are given', async () => {
    expect(await problems('ula', { prefix: 'fd12::/64' })).to.deep.equal([]);
    expect(await problems('host', {})).to.deep.equal([]);
  });

  it('are named in the error if Nix refuses an unknown parameter', async () => {
    const said = await refusal(here('fixtures/preset-problems.nix'), {
      text: { presets: JSON.stringify([{ module: file('zone'), parameters: { name: 'a', adress: 'b' } }]) },
    });
    expect(said).to.contain("while applying the preset `zone'");
    expect(said).to.contain("called with unexpected argument 'adress'");
  });

  describe('of declarative containers', () => {
    interface HostView {
      nspawn: Record<string, string>;
      networks: Record<string, string>;
      failed: string[];
    }
    let hosts: Record<string, HostView>;

    before(needsNixpkgs);
    before(async () => {
      hosts = await evaluate<Record<string, HostView>>(here('fixtures/hosts.nix'), {
        text: { nixpkgs: tree ?? '' },
        source: {
          cases: `{
            right.nixos.containers = {
              own.presets = { ula.prefix = "fd12:0:0:1::/64"; expose.ports = [ "8080:80" ]; };
              fixed.presets.static = { address = [ "10.50.0.2/24" ]; hostAddress = [ "10.50.0.1/24" ]; };
              lan.presets.macvlan.interface = "eth0";
            };
            wrong.nixos.containers.web.presets.ula = { };
          }`,
        },
      });
    });

    for (const [container, line] of [
      ['own', 'Port=tcp:8080:80'],
      ['lan', 'MACVLAN=eth0'],
    ] as const)
      it(`write ${line} for container ${container}`, () => {
        expect(hosts.right?.failed).to.deep.equal([]);
        expect(hosts.right?.nspawn[`${container}.nspawn`]?.split('\n')).to.include(line);
      });

    for (const [container, line] of [
      ['own', 'Prefix=fd12:0:0:1::/64'],
      ['own', 'Address=fd12:0:0:1::1/64'],
      ['fixed', 'Address=10.50.0.1/24'],
    ] as const)
      it(`write ${line} for the host's end of the link of container ${container}`, () => {
        expect(hosts.right?.networks[`20-ve-${container}.network`]?.split('\n')).to.include(line);
      });

    it('report the container whose parameter is missing', () => {
      expect(hosts.wrong?.failed).to.deep.equal([
        "Container `web': The preset `ula' needs `prefix'. `nixos-nspawn presets show ula' shows its parameters.",
      ]);
    });
  });
});

const sorted = (forwards: Forward[] | null) =>
  forwards?.map(({ hostPort, containerPort, protocol }) => [hostPort, containerPort, protocol]) ?? null;
