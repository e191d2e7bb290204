import { expect } from 'chai';
import { comparePackages } from '../../../src/container/diff-packages.js';

const paths = (...names: string[]) => names.map((name) => `/nix/store/${'0'.repeat(32)}-${name}`);

describe('the packages of two closures', () => {
  it('are compared by name and version', () => {
    const before = paths('openssl-3.0.13', 'nginx-1.26.0', 'perl-5.38.2');
    const after = paths('openssl-3.0.14', 'nginx-1.26.0', 'curl-8.7.1');
    expect(comparePackages(before, after)).to.deep.equal({
      added: [{ package: 'curl', versions: ['8.7.1'] }],
      removed: [{ package: 'perl', versions: ['5.38.2'] }],
      changed: [{ package: 'openssl', before: ['3.0.13'], after: ['3.0.14'] }],
    });
  });

  it('have one version for all their outputs', () => {
    const before = paths('openssl-3.0.14', 'openssl-3.0.14-bin', 'openssl-3.0.14-dev');
    expect(comparePackages(before, paths('openssl-3.0.14'))).to.deep.equal({
      added: [],
      removed: [],
      changed: [],
    });
  });

  it('have their versions in numeric order, even if one closure has several', () => {
    const { changed } = comparePackages(paths('linux-6.9'), paths('linux-6.10', 'linux-6.9'));
    expect(changed).to.deep.equal([{ package: 'linux', before: ['6.9'], after: ['6.9', '6.10'] }]);
  });

  it('have their name and version split at the first dash that is not followed by a letter', () => {
    const { added } = comparePackages([], paths('python3-3.12.4', 'gtk+3-3.24.43', 'perl5.38-URI-5.21'));
    expect(added).to.deep.equal([
      { package: 'gtk+3', versions: ['3.24.43'] },
      { package: 'perl5.38-URI', versions: ['5.21'] },
      { package: 'python3', versions: ['3.12.4'] },
    ]);
  });

  it('do not include units, scripts and files, which have no version', () => {
    expect(comparePackages([], paths('unit-nginx.service', 'etc', 'nginx.conf')).added).to.deep.equal([]);
  });
});
