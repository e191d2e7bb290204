import { expect } from 'chai';
import { inUndoOrder, type Undo } from '../../../src/pipeline/undo.js';

const file = (path: string): Undo => ({ do: 'put-file', path, state: { kind: 'absent' } });

describe('the order in which a change is undone', () => {
  it('restores files from the last to the first, and then reloads systemd once', () => {
    const records: Undo[] = [
      { do: 'reload-units' },
      file('/a'),
      { do: 'reload-networks' },
      file('/b'),
      { do: 'reload-units' },
    ];
    expect(inUndoOrder(records)).to.deep.equal([
      file('/b'),
      file('/a'),
      { do: 'reload-units' },
      { do: 'reload-networks' },
    ]);
  });

  it('deletes a network device before networkd reloads its configuration', () => {
    const recordsDir = '/var/lib/nixos-nspawn/containers';
    const device: Undo = {
      do: 'delete-link',
      name: 'br1',
      container: 'web',
      path: '/br1.netdev',
      recordsDir,
    };
    expect(inUndoOrder([{ do: 'reload-networks' }, device]).map((record) => record.do)).to.deep.equal([
      'delete-link',
      'reload-networks',
    ]);
  });
});
