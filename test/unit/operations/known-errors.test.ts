import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as library from '../../../src/index.js';
import { NspawnError, type OperationOptions } from '../../../src/index.js';

/** Reads everything, as a caller of a function that yields lines does. */
const drained = async (lines: AsyncIterable<string>) => {
  for await (const _ of lines);
};

const READING: Readonly<Record<string, (options: OperationOptions) => Promise<unknown>>> = {
  listContainers: (options) => library.listContainers({}, options),
  statusOfAll: (options) => library.statusOfAll(options),
  statusOfOne: (options) => library.statusOfOne({ name: 'web' }, options),
  listGenerations: (options) => library.listGenerations({ name: 'web' }, options),
  diffGenerations: (options) => library.diffGenerations({ name: 'web' }, options),
  unitFilesOf: (options) => library.unitFilesOf({ name: 'web' }, options),
  containerAddresses: (options) => library.containerAddresses({ name: 'web' }, options),
  readLogs: (options) => library.readLogs({ name: 'web' }, options),
  followLogs: (options) => drained(library.followLogs({ name: 'web' }, options)),
  runInContainer: (options) => library.runInContainer({ name: 'web', command: ['true'] }, options),
  previewAutostart: (options) => library.previewAutostart(options),
  previewPower: (options) => library.previewPower({ verb: 'stop', names: 'all' }, options),
  previewPrune: (options) => library.previewPrune({ name: 'web', keep: 1 }, options),
  planRemove: (options) => library.planRemove({ name: 'web' }, options),
  updateAll: (options) => library.updateAll({}, options),
};

describe('the functions of the library', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'known-errors-'));
    // Every path below a link to itself fails with ELOOP.
    await symlink('loop', join(directory, 'loop'));
  });
  after(() => rm(directory, { recursive: true }));

  for (const [name, call] of Object.entries(READING))
    it(`${name} throws an NspawnError if the host's files cannot be read`, async () => {
      const error = await call({ root: join(directory, 'loop') }).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(NspawnError);
      expect(error).to.have.property('code').that.is.not.equal('unexpected');
    });
});
