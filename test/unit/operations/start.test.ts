import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';
import { containerPlaces, hostLayout } from '../../../src/host/layout.js';
import { explained } from '../../../src/operations/steps/start.js';
import { startUnit } from '../../../src/systemd/systemctl.js';
import { FakeCommands } from '../fake-commands.js';

describe('a start that fails', () => {
  let fake: FakeCommands;

  beforeEach(async () => {
    fake = await FakeCommands.install('systemctl', 'journalctl');
  });

  afterEach(() => fake.uninstall());

  const failure = async () => {
    const places = containerPlaces(hostLayout({}), containerName('web'));
    await fake.answer('systemctl start', { exitCode: 1, stderr: 'Job failed.' });
    try {
      await explained(places, () => startUnit(places.service));
    } catch (error) {
      if (error instanceof NspawnError) return error;
      throw error;
    }
    throw new Error('it did not fail');
  };

  it('is reported with the end of the journal', async () => {
    await fake.answer('journalctl', { stdout: 'web: cannot find init\n' });
    const { code, details } = await failure();
    expect(code).to.equal('not-started');
    expect(details.journal).to.include('cannot find init');
  });

  it('is reported as such even if the journal cannot be read', async () => {
    await fake.answer('journalctl', { exitCode: 1, stderr: 'No space left on device' });
    const { code, details } = await failure();
    expect(code).to.equal('not-started');
    expect(details.journal).to.include('Its journal could not be read.');
  });
});
