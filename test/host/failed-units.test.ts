import { expect } from 'chai';
import { answers } from './by-hand.js';
import { waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { errorOf, flakeOf, Tool, warningOf } from './tool.js';

const PAGE = 'http://web/';

describeOnHost('units that fail inside a container', 'failed-units', (host) => {
  const tool = () => new Tool(host());
  const inside = (...argv: string[]) => host().run(['systemctl', '--machine=web', ...argv], { check: false });
  const failed = async () => (await inside('list-units', '--state=failed', '--plain', '--no-legend')).stdout;
  const generation = async () => (await tool().get<{ generation: number }>(['status', 'web'])).generation;

  const currentRun = () =>
    host().ask(['systemctl', 'show', '--property=InvocationID', '--value', 'systemd-nspawn@web.service']);
  /** The directory of the garbage collector roots, which is named after a run. */
  const keptRun = () => host().ask(['ls', '/nix/var/nix/gcroots/nixos-nspawn/web']);

  before(async function () {
    this.timeout(300_000);
    await tool().create('web');
  });

  for (const strategy of ['restart', 'reload']) {
    it(`make an update by ${strategy} fail that caused them to fail, and are named in the error`, async function () {
      this.timeout(300_000);
      const answer = await tool().update('web', 'web-broken', '--strategy', strategy);
      expect(answer.code).to.equal(8);
      expect(errorOf(answer)).to.deep.include({ units: ['web.service'], restored_generation: 1 });
      expect(errorOf(answer).message).to.include('web.service');
      expect(await answers(host(), PAGE)).to.equal('hello from web generation 1');
      expect(await failed()).to.equal('');
      expect(await keptRun(), 'the run whose closures are kept').to.equal(await currentRun());
    });
  }

  it('are only a warning with --ignore-failed-units', async function () {
    this.timeout(300_000);
    const { code, document } = await tool().update('web', 'web-broken', '--ignore-failed-units');
    expect(code).to.equal(0);
    expect(document.warnings).to.have.nested.property('[0].code', 'units-failed');
    // The unit has already failed, so it does not count for the next update.
    expect((await tool().update('web', 'web')).code).to.equal(0);
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 1');
  });

  it('do not prevent an update, a rollback, a stop or a removal if they failed before', async function () {
    this.timeout(300_000);
    await host().run(['systemd-run', '--machine=web', '--quiet', '--unit=long-ago', 'false'], {
      check: false,
    });
    await waitFor('the unit to fail', async () => (await failed()).includes('long-ago.service'));
    const before = await generation();

    expect((await tool().update('web', 'web-2', '--strategy', 'reload')).code).to.equal(0);
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 2');
    expect(await generation()).to.equal(before + 1);

    const broken = await tool().update('web', 'web-broken', '--strategy', 'reload');
    expect(broken.code).to.equal(8);
    expect(errorOf(broken).units).to.deep.equal(['web.service']);
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 2');

    await tool().get(['stop', 'web']);
    expect(await tool().get(['remove', 'web', '--delete-state'])).to.include({ removed: true });
  });

  it('are a warning of create, which has no previous generation', async function () {
    this.timeout(300_000);
    const { code, document } = await tool().ask(['create', 'broken', '--flake', flakeOf('broken')]);
    expect(code).to.equal(0);
    expect(warningOf(document, 'units-failed')).to.include('web.service');
    await tool().get(['remove', 'broken', '--delete-state']);
  });
});
