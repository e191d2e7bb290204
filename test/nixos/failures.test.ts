import { expect } from 'chai';
import { describeNixos } from './suite.js';

const failing = `systemd.services.bad = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig.Type = "oneshot";
    script = "exit 3";
  };
  nixosContainer.activation.strategy = "reload";`;
const sound = 'nixosContainer.activation.strategy = "reload";';

describeNixos('a failed unit', 'failures', (containers) => {
  before(async () => {
    await containers().create('sound', { settings: sound });
    await containers().create('failed', { settings: failing });
  });

  it('makes an update fail if it is new, and is named in the error', async () => {
    const { code, document } = await containers().update('sound', { page: 2, settings: failing });
    expect(code).to.equal(8);
    expect(JSON.stringify(document)).to.contain('bad.service');
    expect(await containers().page('sound')).to.equal('hello from sound, page 1');
    expect(await containers().failedUnits('sound')).to.deep.equal([]);
    expect(await containers().tool.get(['status', 'sound'])).to.include({ generation: 1 });
  });

  it('does not prevent an update if it had failed before', async () => {
    expect(await containers().failedUnits('failed')).to.deep.equal(['bad.service']);
    const { code, document, stderr } = await containers().update('failed', { page: 2, settings: failing });
    expect(code, `${JSON.stringify(document)}\n${stderr}`).to.equal(0);
    expect(document).to.include({ generation: 2, activation: 'reload' });
    expect(await containers().page('failed')).to.equal('hello from failed, page 2');
  });

  it('does not prevent a rollback, a stop or the removal', async () => {
    await containers().tool.get(['rollback', 'failed']);
    expect(await containers().page('failed')).to.equal('hello from failed, page 1');
    await containers().tool.get(['stop', 'failed']);
    await containers().tool.get(['remove', 'failed', '--delete-state']);
  });
});
