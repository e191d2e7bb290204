import { expect } from 'chai';
import {
  type ActivationQuestion,
  type HostUnits,
  planActivation,
} from '../../../src/container/activation.js';
import { parseUnitFile } from '../../../src/container/unit-file.js';

const HASHES = ['0'.repeat(32), '1'.repeat(32)] as const;

interface Texts {
  unit?: string;
  dropIn?: string;
  networks?: Record<string, string>;
}

const units = ({ unit = '', dropIn = '', networks = {} }: Texts): HostUnits => ({
  unit: parseUnitFile(unit),
  dropIn: parseUnitFile(dropIn),
  networks: new Map(Object.entries(networks).map(([name, text]) => [name, parseUnitFile(text)])),
});

const plan = (before: Texts, after: Texts, asked: Partial<ActivationQuestion> = {}) =>
  planActivation({
    strategy: 'dynamic',
    running: true,
    start: false,
    before: units(before),
    after: units(after),
    obstacles: [],
    staleCredentials: [],
    ...asked,
  });

describe('the activation of a new generation', () => {
  const RELOAD = { action: 'reload', reasons: ['no change requires a restart'] };
  const restart = (...reasons: string[]) => ({ action: 'restart', reasons });

  const CASES: { title: string; before?: Texts; after?: Texts; planned: object }[] = [
    { title: 'is a reload if no unit changed', planned: RELOAD },
    {
      title: 'is a reload if only the init changed',
      before: { unit: '[Exec]\nParameters=/nix/store/a/init' },
      after: { unit: '[Exec]\nParameters=/nix/store/b/init' },
      planned: RELOAD,
    },
    {
      title: 'is a reload if only settings that take effect at the next start changed',
      before: { dropIn: '[Service]\nTimeoutStartSec=10\nExecStartPre=/bin/a' },
      after: { dropIn: '[Service]\nTimeoutStartSec=20\nExecStartPre=/bin/b' },
      planned: RELOAD,
    },
    {
      title: 'is a reload if only the order changed',
      before: { dropIn: '[Unit]\nAfter=a.service\nWants=a.service' },
      after: { dropIn: '[Unit]\nAfter=b.service\nRequires=b.service' },
      planned: RELOAD,
    },
    {
      title: 'is a reload if a key for other programs changed',
      before: { dropIn: '[Unit]\nX-Restart-Triggers=a' },
      after: { dropIn: '[Unit]\nX-Restart-Triggers=b' },
      planned: RELOAD,
    },
    {
      title: 'is a reload if a program of the service has another store path',
      before: { dropIn: `[Service]\nExecStop=/nix/store/${HASHES[0]}-systemd/bin/machinectl poweroff web` },
      after: { dropIn: `[Service]\nExecStop=/nix/store/${HASHES[1]}-systemd/bin/machinectl poweroff web` },
      planned: RELOAD,
    },
    {
      title: 'is a restart if a program of the service has other arguments',
      before: { dropIn: `[Service]\nExecStop=/nix/store/${HASHES[0]}-systemd/bin/machinectl poweroff web` },
      after: { dropIn: `[Service]\nExecStop=/nix/store/${HASHES[1]}-systemd/bin/machinectl stop web` },
      planned: restart('ExecStop= changed'),
    },
    {
      title: 'is a restart for a mount that was added',
      after: { unit: '[Files]\nBind=/srv/shared' },
      planned: restart('Bind= added'),
    },
    {
      title: 'is a restart if a mount has another store path, because it is content and not a program',
      before: { unit: `[Files]\nBindReadOnly=/nix/store/${HASHES[0]}-page:/srv/page` },
      after: { unit: `[Files]\nBindReadOnly=/nix/store/${HASHES[1]}-page:/srv/page` },
      planned: restart('BindReadOnly= changed'),
    },
    {
      title: 'is a restart with every change that needs it as a reason',
      before: { unit: '[Files]\nBind=/srv/a', networks: { '20-ve-web.network': '[Network]\nDHCP=yes' } },
      after: { dropIn: '[Service]\nMemoryMax=1G', networks: { '20-ve-web.network': '[Network]\nDHCP=no' } },
      planned: restart('Bind= removed', 'MemoryMax= added', '20-ve-web.network changed'),
    },
    {
      title: 'is a restart for network files that were added and removed',
      before: { networks: { '20-ve-web.network': '[Network]' } },
      after: { networks: { '20-vz-dmz.network': '[Network]' } },
      planned: restart('20-ve-web.network removed', '20-vz-dmz.network added'),
    },
  ];

  for (const { title, before = {}, after = {}, planned } of CASES)
    it(title, () => {
      expect(plan(before, after)).to.deep.equal(planned);
    });

  it('is a restart with every strategy if the content of a credential requires it', () => {
    const reason = 'the content of credential token has changed';
    for (const strategy of ['dynamic', 'reload', 'none'] as const)
      expect(plan({}, {}, { strategy, staleCredentials: ['token'] }), strategy).to.deep.equal(
        restart(reason),
      );
    expect(plan({}, {}, { strategy: 'restart', staleCredentials: ['token'] })).to.deep.equal(
      restart('the strategy is restart', reason),
    );
    const limits = { dropIn: '[Service]\nMemoryMax=1G' };
    expect(plan({}, limits, { staleCredentials: ['token'] })).to.deep.equal(
      restart('MemoryMax= added', reason),
    );
    expect(plan({}, {}, { running: false, staleCredentials: ['token'] }).action).to.equal('none');
  });

  it('is a restart if a reload is impossible for another reason', () => {
    expect(plan({}, {}, { obstacles: ['its store is its own'] })).to.deep.equal(
      restart('its store is its own'),
    );
  });

  it('is the strategy, whatever changed', () => {
    const mount = { unit: '[Files]\nBind=/srv/shared' };
    for (const strategy of ['none', 'reload', 'restart'] as const)
      expect(plan({}, mount, { strategy })).to.deep.equal({
        action: strategy,
        reasons: [`the strategy is ${strategy}`],
      });
  });

  it('is nothing for a stopped container, unless a start was requested', () => {
    for (const strategy of ['dynamic', 'none', 'reload', 'restart'] as const) {
      expect(plan({}, {}, { strategy, running: false }).action, strategy).to.equal('none');
      expect(plan({}, {}, { strategy, running: false, start: true }).action, strategy).to.equal('start');
    }
  });
});
