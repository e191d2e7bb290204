import { expect } from 'chai';
import { REPOSITORY } from '../host/host.js';
import { BUILDING } from './containers.js';
import { NIXPKGS } from './host.js';
import { describeNixos } from './suite.js';

const PROJECT = '/srv/project';
const OVERRIDE = ['--override-input', 'nixpkgs', `path:${NIXPKGS}`, '--no-write-lock-file'] as const;

const FLAKE = `{
  inputs.nixpkgs.url = "path:${NIXPKGS}";
  inputs.nixos-nspawn.url = "path:${PROJECT}";
  inputs.nixos-nspawn.inputs.nixpkgs.follows = "nixpkgs";
  outputs =
    { nixpkgs, nixos-nspawn, ... }:
    {
      nixosContainers.flaky = nixos-nspawn.lib.mkContainer {
        inherit nixpkgs;
        name = "flaky";
        system = "x86_64-linux";
        modules = [ (import ./page.nix "a flake") ];
      };
    };
}
`;

describeNixos('the flake', 'flake', (containers, host) => {
  before(async () => {
    // Only the files of the flake, because with `path:` Nix would copy node_modules too.
    const parts = ['flake.nix', 'flake.lock', 'nix', 'package.json', 'package-lock.json'];
    await host().run([
      'bash',
      '-euc',
      `mkdir -p ${PROJECT} && cd ${REPOSITORY} && cp -r ${parts.join(' ')} ${PROJECT}`,
    ]);
  });

  it('accepts another nixpkgs', async () => {
    const metadata = await host().ask(['nix', 'flake', 'metadata', '--json', `path:${PROJECT}`, ...OVERRIDE]);
    expect(JSON.parse(metadata)).to.have.nested.property('locks.nodes.nixpkgs.locked.path', NIXPKGS);
  });

  it('has mkContainer, with which a user’s flake can define a container', async () => {
    await containers().write('flaky');
    await host().writeFile('/srv/containers/flake.nix', FLAKE);
    await containers().tool.get(['create', 'flaky', '--flake', 'path:/srv/containers#flaky'], BUILDING);
    expect(await containers().page('flaky')).to.equal('hello from a flake');
    expect(await containers().failedUnits('flaky')).to.deep.equal([]);
    await host().run(['sed', '-i', 's/a flake/a changed flake/', '/srv/containers/flake.nix']);
    await containers().tool.get(['update', 'flaky'], BUILDING);
    expect(await containers().page('flaky')).to.equal('hello from a changed flake');
  });
});
