import { expect } from 'chai';
import { NspawnError } from '../../../src/errors/nspawn-error.js';
import { npmSpec, parsePluginSource } from '../../../src/plugins/source.js';

describe('the source of a plugin:', () => {
  for (const [text, spec] of [
    ['policy', 'policy@latest'],
    ['policy@1.2.3', 'policy@1.2.3'],
    ['policy@^1', 'policy@^1'],
    ['@example/policy@next', '@example/policy@next'],
    ['./policy', 'file:/srv/authors/policy'],
    ['.', 'file:/srv/authors'],
    ['../policy-1.0.0.tgz', 'file:/srv/policy-1.0.0.tgz'],
    ['policy-1.0.0.tgz', 'file:/srv/authors/policy-1.0.0.tgz'],
    ['/opt/policy', 'file:/opt/policy'],
    ['file:policy', 'file:/srv/authors/policy'],
    ['file:///opt/policy', 'file:/opt/policy'],
    ['git+https://example.org/policy.git#v1', 'git+https://example.org/policy.git#v1'],
    ['https://example.org/policy.tgz', 'https://example.org/policy.tgz'],
    ['example/policy', 'github:example/policy'],
  ] as const) {
    it(`${text} is ${spec} for npm`, () => {
      expect(npmSpec(parsePluginSource(text, '/srv/authors'))).to.equal(spec);
    });
  }

  for (const text of ['', '--global', '-g', 'Policy!', 'two words', 'policy@', '@/x', '..policy/x/y']) {
    it(`'${text}' is refused before npm sees it`, () => {
      expect(() => parsePluginSource(text, '/srv/authors'))
        .to.throw(NspawnError)
        .with.property('code', 'bad-plugin-source');
    });
  }
});
