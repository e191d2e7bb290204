import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { containerPlaces, hostLayout } from '../../../src/host/layout.js';

describe('where things lie on a host', () => {
  it('is where the Python tool and systemd look, too', () => {
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

  it('hangs on one root as a whole', () => {
    const layout = hostLayout({ root: '/mnt' });
    const paths = [...Object.values(layout), ...Object.values(containerPlaces(layout, containerName('web')))];
    const outside = paths.filter((path) => path.startsWith('/') && !path.startsWith('/mnt'));
    expect(outside).to.deep.equal([]);
  });

  it('keeps what must outlive a reboot out of /run, and what must not in it', () => {
    const places = containerPlaces(hostLayout(), containerName('web'));
    for (const path of [places.record, places.journal, places.dropIn]) expect(path).not.to.match(/^\/run\//);
    for (const path of [places.lock, places.buildRoot, places.runtimeDropIn])
      expect(path).to.match(/^\/run\//);
  });

  it('has the network files beside the unit files where those lie elsewhere', () => {
    const layout = hostLayout({ unitFileDir: '/run/systemd/nspawn' });
    expect(layout).to.deep.include({
      unitDir: '/run/systemd/nspawn',
      networkDir: '/run/systemd/network',
      serviceDir: '/etc/systemd/system',
    });
  });

  it('gives no two containers a place in common', () => {
    const layout = hostLayout();
    const [a, b] = ['web', 'web.b'].map((name) =>
      Object.values(containerPlaces(layout, containerName(name))),
    );
    expect(a?.filter((path) => b?.includes(path))).to.deep.equal([]);
  });
});
