import { expect } from 'chai';
import { nearest } from '../../../src/text/nearest.js';

describe('guessing what was meant', () => {
  const verbs = ['create', 'list', 'list-generations', 'remove', 'rollback', 'update'];

  it('takes a slip of the fingers for the word: a letter too many, too few, another, or two that changed places', () => {
    for (const typed of ['createe', 'creat', 'crxate', 'craete'])
      expect(nearest(typed, verbs)).to.equal('create');
    expect(nearest('lsit', verbs)).to.equal('list');
  });

  it('guesses nothing where the word is far from all', () => {
    expect(nearest('frobnicate', verbs)).to.equal(null);
    expect(nearest('x', verbs)).to.equal(null);
  });
});
