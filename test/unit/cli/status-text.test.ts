import { expect } from 'chai';
import { statusTable, statusText } from '../../../cli/views/status-text.js';
import { localTime } from '../../../cli/views/time-text.js';
import type { StatusView } from '../../../src/operations/status.js';

const web: StatusView = {
  name: 'web',
  unit_file: '/etc/systemd/nspawn/web.nspawn',
  is_imperative: true,
  type: 'imperative',
  state: 'running',
  generation: 3,
  addresses: ['192.168.214.131', 'fd12:3456:789a:bcde:f012:3456:789a:bcde'],
  auto_start: true,
  problem: null,
  service_state: 'active',
  since: '2026-01-02T03:04:05.000Z',
  newest_generation: 3,
  running_generation: 3,
  outdated: false,
  source: { kind: 'flake', reference: '.#web', directory: '/srv' },
  presets: ['ula', 'expose'],
  ports: [{ protocol: 'tcp', host_port: 8080, container_port: 80, forwarded: true }],
  requires: [],
  wants: [],
  after: [],
  required_by: [],
  credentials: [],
  failed_units: [],
  memory: 1_572_864,
  cpu_seconds: 1.25,
  tasks: 12,
  state_size: 4096,
  closure_size: 1_073_741_824,
  needs_root: [],
  last_operation: { operation: 'update', at: '2026-01-02T03:04:05.000Z', error: null },
};
const message =
  "Container 'web' did not come up with generation 4; generation 3 is back, and runs as it did before the update.";

const now = new Date('2026-01-02T05:04:05.000Z');
const text = (status: StatusView) => statusText(status, { now, isColoured: false });
/** The time in `web`, in the time zone of this machine. */
const since = `${localTime(new Date('2026-01-02T03:04:05.000Z'))} (2 h ago)`;

describe('the text of status', () => {
  it('has a line for each known value and none for unknown ones', () => {
    expect(text(web).split('\n')).to.deep.equal([
      'web (imperative)',
      `  State:          running since ${since}`,
      '  Generation:     3 current',
      '  Source:         .#web (in /srv)',
      '  Presets:        ula, expose',
      '  Addresses:      192.168.214.131',
      '                  fd12:3456:789a:bcde:f012:3456:789a:bcde',
      '  Ports:          tcp 8080 -> 80',
      '  Failed units:   none',
      '  Memory:         1.5 MiB',
      '  CPU:            1.3 s',
      '  Tasks:          12',
      '  Disk:           4.0 KiB of state, 1.0 GiB of closure',
      `  Last operation: update, ${since}, done`,
    ]);
    const db = { unit: 'systemd-nspawn@db.service', container: 'db' };
    const ordered = text({
      ...web,
      requires: [
        { ...db, state: 'running' },
        { unit: 'srv.mount', container: null, state: null },
      ],
      wants: [{ unit: 'systemd-nspawn@cache.service', container: 'cache', state: 'missing' }],
      after: [{ ...db, state: 'stopped' }],
      required_by: ['app', 'mail'],
    });
    expect(ordered.split('\n')).to.include.members([
      '  Requires:       db, srv.mount',
      '  Wants:          cache (missing)',
      '  After:          db (stopped)',
      '  Required by:    app, mail',
    ]);
    const bare = {
      ...web,
      memory: null,
      cpu_seconds: null,
      tasks: null,
      failed_units: null,
      state_size: null,
    };
    expect(text(bare)).not.to.match(/Memory|CPU|Tasks|Failed|of state/);
  });

  it('shows which generation is built, current and running if these differ', () => {
    const behind = { ...web, newest_generation: 4, running_generation: 2, outdated: true };
    expect(text(behind)).to.include(
      [
        '  Generation:     4 built, 3 current, 2 running',
        '                  outdated: a restart boots generation 3 instead',
        '                  stale: the newer generation 4 is not current',
      ].join('\n'),
    );
    expect(statusTable([behind])).to.match(/^web +running +3 \(outdated\) /m);
    expect(statusTable([{ ...web, newest_generation: 4 }])).to.match(/^web +running +3 \(stale\) /m);
  });

  it('shows why the last operation failed, within 80 columns', () => {
    const last = { operation: 'update', at: '2026-01-02T03:04:05.000Z', error: { code: 'x', message } };
    const lines = text({ ...web, last_operation: last }).split('\n');
    expect(lines).to.include(`  Last operation: update, ${since}, failed:`);
    expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(80);
    expect(lines.map((line) => line.trim()).join(' ')).to.include(message);
  });

  it('fits 80 columns as a table, even with the widest cells', () => {
    const name = 'x'.repeat(64);
    const wide = { ...web, name, addresses: web.addresses.slice(1), generation: 123, outdated: true };
    const lines = statusTable([wide, web], 80).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).to.be.at.most(80);
    expect(statusTable([wide, web], Number.POSITIVE_INFINITY)).to.include(name);
  });

  it('has colours on a terminal for the state and for problems', () => {
    const shown = statusText({ ...web, failed_units: ['nginx.service'] }, { now, isColoured: true });
    expect(shown).to.include(`\u001b[32mrunning since ${since}\u001b[39m`);
    expect(shown).to.include('\u001b[31mnginx.service\u001b[39m');
    expect(shown).to.include('  Generation:     3 current\n');
  });
});
