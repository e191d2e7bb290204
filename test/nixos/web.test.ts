import { expect } from 'chai';
import { describeNixos } from './suite.js';

const forwarded = 'nixosContainer.forwardPorts = [ { hostPort = 8181; containerPort = 80; } ];';
const byReload = `${forwarded}\nnixosContainer.activation.strategy = "dynamic";`;
const mounted = `${byReload}
  nixosContainer.bindMounts = [ { hostPath = "/srv/data"; containerPath = "/data"; create = true; } ];`;

describeNixos('a web server', 'web', (containers, host) => {
  const update = async (page: number, settings: string, ...flags: string[]) => {
    const { code, document, stderr } = await containers().update('web', { page, settings }, ...flags);
    expect(code, `${JSON.stringify(document)}\n${stderr}`).to.equal(0);
    return document;
  };

  before(async () => {
    await containers().create('web', { settings: byReload });
  });

  it('answers under its name and on the forwarded port, without failed units', async () => {
    expect(await containers().page('web')).to.equal('hello from web, page 1');
    const uplink = await host().uplink();
    const { stdout } = await uplink.run([
      'curl',
      '-sS',
      '--fail',
      '--max-time',
      '10',
      'http://10.99.0.2:8181/',
    ]);
    expect(stdout).to.equal('hello from web, page 1\n');
    expect(await containers().failedUnits('web')).to.deep.equal([]);
    expect(await containers().inside('web', 'systemctl', 'is-system-running', '--wait')).to.equal('running');
  });

  for (const strategy of ['none', 'reload', 'restart', 'dynamic']) {
    it(`keeps its processes when an update with strategy ${strategy} changes nothing`, async () => {
      const before = await containers().mainPid('web');
      expect(await update(1, byReload, '--strategy', strategy)).to.include({
        generation: 1,
        activation: 'none',
      });
      expect(await containers().mainPid('web')).to.equal(before);
    });
  }

  it('gets a new page by a reload', async () => {
    const before = await containers().mainPid('web');
    expect(await update(2, byReload)).to.include({ generation: 2, activation: 'reload' });
    expect(await containers().page('web')).to.equal('hello from web, page 2');
    expect(await containers().mainPid('web')).to.equal(before);
    expect(await containers().failedUnits('web')).to.deep.equal([]);
  });

  it('gets a bind mount by a restart', async () => {
    const before = await containers().mainPid('web');
    expect(await update(3, mounted)).to.include({ generation: 3, activation: 'restart' });
    expect(await containers().mainPid('web')).to.not.equal(before);
    await host().writeFile('/srv/data/greeting', 'hello from the host\n');
    expect(await containers().inside('web', 'cat', '/data/greeting')).to.equal('hello from the host');
    expect(await containers().page('web')).to.equal('hello from web, page 3');
  });

  it('can be rolled back to the previous generation', async () => {
    await update(4, mounted);
    const document = await containers().tool.get(['rollback', 'web']);
    expect(document).to.include({ old_generation: 4, generation: 3, activation: 'reload' });
    expect(await containers().page('web')).to.equal('hello from web, page 3');
    expect(await containers().failedUnits('web')).to.deep.equal([]);
  });
});
