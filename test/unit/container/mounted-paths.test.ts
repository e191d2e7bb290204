import { expect } from 'chai';
import { mountedPaths } from '../../../src/container/settings.js';
import { parseUnitFile } from '../../../src/container/unit-file.js';

describe("the host's paths that a .nspawn file mounts", () => {
  it('are the sources of binds and overlays, once each, without those inside the container', () => {
    const unit = parseUnitFile(
      [
        '[Files]',
        'Bind=/srv/a',
        'Bind=/srv/b:/inner:rootidmap',
        'Bind=/srv/with\\:colon:/inner',
        'Bind=:/scratch',
        'Bind=+/etc:/copy',
        'BindReadOnly=/srv/a:/again',
        'Overlay=/srv/lower:/srv/upper',
        'OverlayReadOnly=+/usr:/srv/one:/srv/two:/target',
        'TemporaryFileSystem=/tmp',
      ].join('\n'),
    );
    expect(mountedPaths(unit)).to.deep.equal([
      '/srv/a',
      '/srv/b',
      '/srv/with:colon',
      '/srv/lower',
      '/srv/upper',
      '/srv/one',
      '/srv/two',
    ]);
  });
});
