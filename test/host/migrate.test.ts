import { expect } from 'chai';
import { describeOnHost } from './suite.js';
import { type Document, Tool } from './tool.js';

describeOnHost('migrate --to-nix', 'migrate', (host) => {
  const tool = () => new Tool(host());

  before(async () => {
    await host().writeFile(
      '/etc/nixos-containers/web.conf',
      'PRIVATE_NETWORK=1\nHOST_ADDRESS=10.233.1.1\nLOCAL_ADDRESS=10.233.1.2\nHOST_BRIDGE=\nHOST_PORT=\nAUTO_START=0\n',
    );
    await host().writeFile(
      '/etc/nixos-containers/db.conf',
      'SYSTEM_PATH=/nix/store/x\nEXTRA_NSPAWN_FLAGS=" --bind=/srv/a:/b --quiet"\n',
    );
    await host().writeFile('/etc/containers/registries.conf', 'unqualified-search-registries = []\n');
    await host().writeFile('/var/lib/nixos-containers/web/etc/nixos/configuration.nix', '{ }\n');
  });

  it('prints code that Nix can read, for all containers or for some, and changes nothing', async () => {
    const before = await host().snapshot();
    const text = await host().ask(['nixos-nspawn', 'migrate', '--to-nix']);
    expect(text)
      .to.include('config.imports = [ /var/lib/nixos-containers/web/etc/nixos/configuration.nix ];')
      .and.include('# --quiet has no option of nixos-nspawn.')
      .and.not.include('registries');
    await host().run(['nix-instantiate', '--parse', '-'], { input: `{ ${text} }` });
    expect(await host().changesSince(before)).to.deep.equal([]);
    const [only, ...others] = await tool().get<Document[]>(['migrate', '--to-nix', 'web']);
    expect(only).to.include({ name: 'web' });
    expect(others).to.deep.equal([]);
  });

  it('refuses a name that the host does not have, and needs a name or --to-nix', async () => {
    const error = await tool().fail(2, ['migrate', '--to-nix', 'wbe']);
    expect(JSON.stringify(error)).to.include("Did you mean 'web'?");
    await tool().fail(64, ['migrate']);
  });
});
