import { expect } from 'chai';
import { nearest } from '../../../src/text/nearest.js';

describe('the nearest word', () => {
  const verbs = ['create', 'list', 'list-generations', 'remove', 'rollback', 'update'];

  it('differs by one letter that is added, missing, replaced or swapped with the next', () => {
    for (const typed of ['createe', 'creat', 'crxate', 'craete'])
      expect(nearest(typed, verbs)).to.equal('create');
    expect(nearest('lsit', verbs)).to.equal('list');
  });

  it('is null if the typed word is not similar to any', () => {
    expect(nearest('frobnicate', verbs)).to.equal(null);
    expect(nearest('x', verbs)).to.equal(null);
  });
});
