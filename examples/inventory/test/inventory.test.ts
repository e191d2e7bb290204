import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { apply, ask, Refusal, withoutKey } from 'nixos-nspawn/plugin/testing';
import { entries } from '../src/inventory.js';
import { afterCreate, afterRemove } from '../src/listeners.js';
import presets from '../src/presets.js';

const NO_SUCH_ENTRY = 2;
const asked = { [withoutKey]: 'alice', contact: 'alice@example.org' };

test('the preset asks the host for the user, and brings its module', async () => {
  const { contribution, recorder } = await apply(presets, 'owner', asked, {}, { exec: () => ({}) });
  assert.deepEqual(contribution.modules, [
    { module: '/plugin/nix/owner.nix', parameters: { owner: 'alice', contact: 'alice@example.org' } },
  ]);
  assert.deepEqual(
    recorder.commands.map(({ argv }) => argv),
    [['getent', 'passwd', 'alice']],
  );
});

test('the preset refuses a user that the host does not have', async () => {
  const nobody = apply(presets, 'owner', asked, {}, { exec: () => ({ exitCode: NO_SUCH_ENTRY }) });
  await assert.rejects(nobody, (error) => error instanceof Refusal && /no user 'alice'/.test(error.message));
});

test('an entry comes with the container, and goes with it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'inventory-'));
  try {
    const { recorder } = await ask(afterCreate, { root, config: { owner: 'alice' } });
    assert.deepEqual(recorder.info, ['web belongs to alice']);
    assert.deepEqual(await entries(root), [{ container: 'web', owner: 'alice', contact: null }]);
    await ask(afterRemove, { root });
    assert.deepEqual(await entries(root), []);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('a section without an owner is an error', async () => {
  await assert.rejects(ask(afterCreate, { config: {} }), /has no owner/);
});
