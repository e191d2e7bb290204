import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { containerPlaces, hostLayout } from '../../../src/host/layout.js';

describe('the layout of a host', () => {
  it('is the one that the Python tool and systemd use', () => {
    const places = containerPlaces(hostLayout(), containerName('web'));
    expect(places).to.deep.include({
      service: 'systemd-nspawn@web.service',
      unitFile: '/etc/systemd/nspawn/web.nspawn',
      profile: '/nix/var/nix/profiles/per-nspawn/web/system',
      hostFiles: '/nix/var/nix/profiles/per-nspawn/web/system/nixos-nspawn',
      dropIn: '/etc/systemd/system/systemd-nspawn@web.service.d/50-nixos-nspawn.conf',
      runtimeDropIn: '/run/systemd/system/systemd-nspawn@web.service.d/override.conf',
      declarativeFile: '/etc/nixos-nspawn/declarative.d/web.json',
      stateDir: '/var/lib/machines/web',
    });
  });

  it('is completely below its root', () => {
    const layout = hostLayout({ root: '/mnt' });
    const paths = [...Object.values(layout), ...Object.values(containerPlaces(layout, containerName('web')))];
    const outside = paths.filter((path) => path.startsWith('/') && !path.startsWith('/mnt'));
    expect(outside).to.deep.equal([]);
  });

  it('has in /run only what must not survive a reboot', () => {
    const places = containerPlaces(hostLayout(), containerName('web'));
    for (const path of [places.record, places.journal, places.dropIn]) expect(path).not.to.match(/^\/run\//);
    for (const path of [places.lock, places.buildRoot, places.runtimeDropIn])
      expect(path).to.match(/^\/run\//);
  });

  it('has the network files next to the unit files if those are elsewhere', () => {
    const layout = hostLayout({ unitFileDir: '/run/systemd/nspawn' });
    expect(layout).to.deep.include({
      unitDir: '/run/systemd/nspawn',
      networkDir: '/run/systemd/network',
      serviceDir: '/etc/systemd/system',
    });
  });

  it('has no place that two containers share', () => {
    const layout = hostLayout();
    const [a, b] = ['web', 'web.b'].map((name) =>
      Object.values(containerPlaces(layout, containerName(name))),
    );
    expect(a?.filter((path) => b?.includes(path))).to.deep.equal([]);
  });
});
