import { expect } from 'chai';
import { namedUnits, wayToEarlier } from '../../../src/systemd/unit-order.js';
import { FakeCommands } from '../fake-commands.js';

const WEB = 'systemd-nspawn@web.service';
const AUTOSTART = 'nixos-nspawn-autostart.service';

describe('the order of units of the host', () => {
  let fake: FakeCommands;
  beforeEach(async () => {
    fake = await FakeCommands.install('systemctl');
  });
  afterEach(() => fake.uninstall());

  it('is known by the own names of units, of which some do not exist', async () => {
    await fake.answer('systemctl show', {
      stdout: 'Id=graphical.target\nLoadState=loaded\n\nId=typo.service\nLoadState=not-found\n',
    });
    expect(await namedUnits(['default.target', 'typo.service'])).to.deep.equal([
      { asked: 'default.target', id: 'graphical.target', load: 'loaded' },
      { asked: 'typo.service', id: 'typo.service', load: 'not-found' },
    ]);
    expect(await fake.lines()).to.deep.equal([
      'systemctl show --timestamp=unix --property=Id,LoadState -- default.target typo.service',
    ]);
  });

  const show = (property: string, ...units: string[]) =>
    `systemctl show --timestamp=unix --property=${property} -- ${units.join(' ')}`;

  it('leads from a unit to one that starts earlier, with one call for each step of both ends', async () => {
    await fake.answer(
      'systemctl show',
      { stdout: 'Before=machines.target shutdown.target\n\nBefore=machines.target\n' },
      { stdout: 'Before=multi-user.target shutdown.target\n\nBefore=final.target\n' },
      { stdout: 'Before=shutdown.target\n' },
      { stdout: 'After=middle.service sysinit.target\n' },
      { stdout: 'After=multi-user.target\n\nAfter=local-fs.target\n' },
    );
    expect(await wayToEarlier(['late.service'], [WEB, AUTOSTART])).to.deep.equal([
      'late.service',
      'middle.service',
      'multi-user.target',
      'machines.target',
      WEB,
    ]);
    expect(await fake.lines()).to.deep.equal([
      show('Before', WEB, AUTOSTART),
      show('Before', 'machines.target', 'shutdown.target'),
      show('Before', 'multi-user.target'),
      show('After', 'late.service'),
      show('After', 'middle.service', 'sysinit.target'),
    ]);
  });

  it('does not lead through the shutdown of the host, nor to what starts before all services', async () => {
    await fake.answer(
      'systemctl show',
      { stdout: 'Before=shutdown.target\n' },
      { stdout: 'Before=final.target\n' },
      { stdout: 'After=basic.target network.target\n\nAfter=basic.target\n' },
      { stdout: 'After=sysinit.target\n\nAfter=\n' },
    );
    expect(await wayToEarlier(['a.service', 'final.target'], [WEB])).to.equal(null);
  });

  it('ends in a circle of units, which systemd breaks', async () => {
    await fake.answer(
      'systemctl show',
      { stdout: 'Before=a.service\n' },
      { stdout: `Before=a.service ${WEB}\n` },
      { stdout: 'After=c.service\n' },
      { stdout: 'After=b.service\n' },
    );
    expect(await wayToEarlier(['b.service'], [WEB])).to.equal(null);
  });

  it('names a unit itself', async () => {
    await fake.answer('systemctl show', { stdout: 'Before=\n\nBefore=\n' });
    expect(await wayToEarlier([AUTOSTART], [WEB, AUTOSTART])).to.deep.equal([AUTOSTART]);
  });
});
