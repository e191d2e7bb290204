import { expect } from 'chai';
import { compareUnitFiles, parseUnitFile, unitValues } from '../../../src/container/unit-file.js';

describe("reading systemd's files", () => {
  it('collects the values of each key in order, across repeated keys and sections', () => {
    const file = parseUnitFile(
      '[Exec]\nBoot=false\n\n[Files]\nBind=/a:/a\n\n[Exec]\nNotifyReady = true\n[Files]\nBind=/b:/b\n',
    );
    expect([...file.keys()]).to.deep.equal(['Exec', 'Files']);
    expect(unitValues(file, 'Exec', 'NotifyReady')).to.deep.equal(['true']);
    expect(unitValues(file, 'Files', 'Bind')).to.deep.equal(['/a:/a', '/b:/b']);
    expect(unitValues(file, 'Network', 'Zone')).to.deep.equal([]);
  });

  it('skips comments, even between continued lines, and keeps equals signs in values', () => {
    const file = parseUnitFile(
      '# a comment\n[Service]\n; another\nExecStart=\nExecStart=run --a=1 \\\n  # between\n  --b=2\nno assignment\n',
    );
    expect([...(file.get('Service') ?? [])]).to.deep.equal([['ExecStart', ['', 'run --a=1  --b=2']]]);
  });

  it('accepts a file that ends in a continued line, as systemd does', () => {
    expect(unitValues(parseUnitFile('[Exec]\nParameters=/init \\'), 'Exec', 'Parameters')).to.deep.equal([
      '/init ',
    ]);
  });
});

describe('comparing two files', () => {
  it('returns only keys that were added, removed or have other values', () => {
    const before = parseUnitFile('[Exec]\nBoot=false\nParameters=/one\n[Files]\nBind=/a:/a\n');
    const after = parseUnitFile('[Exec]\nParameters=/two\nBoot=false\n[Network]\nZone=lan\n');
    expect(compareUnitFiles(before, after)).to.deep.equal([
      { section: 'Exec', key: 'Parameters', before: ['/one'], after: ['/two'] },
      { section: 'Files', key: 'Bind', before: ['/a:/a'], after: [] },
      { section: 'Network', key: 'Zone', before: [], after: ['lan'] },
    ]);
  });

  it('takes the order of values into account, which systemd applies one after the other', () => {
    const file = (order: string) => parseUnitFile(`[Files]\n${order}`);
    expect(compareUnitFiles(file('Bind=/a\nBind=/b\n'), file('Bind=/b\nBind=/a\n'))).to.have.length(1);
    expect(compareUnitFiles(file('Bind=/a\nBind=/b\n'), file('Bind=/a\nBind=/b\n'))).to.deep.equal([]);
  });
});
