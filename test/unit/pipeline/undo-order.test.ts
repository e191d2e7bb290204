import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { containerPlaces, hostLayout } from '../../../src/host/layout.js';
import { inUndoOrder, keepRunningUndo, type Undo } from '../../../src/pipeline/undo.js';

const PLACES = containerPlaces(hostLayout(), containerName('web'));

const MACHINE = { name: 'web', service: 'systemd-nspawn@web.service' };

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

  it('ends a container before the files that it uses are deleted', () => {
    const stop: Undo = { do: 'stop-machine', ...MACHINE };
    expect(inUndoOrder([file('/a'), { do: 'reload-units' }, stop])).to.deep.equal([
      stop,
      file('/a'),
      { do: 'reload-units' },
    ]);
  });

  it('starts a container again when all is restored, and only then records what it runs', () => {
    const kinds = inUndoOrder([
      keepRunningUndo(PLACES, null),
      { do: 'start-machine', ...MACHINE },
      file('/a'),
      { do: 'reload-networks' },
    ]).map((record) => record.do);
    expect(kinds).to.deep.equal(['put-file', 'reload-networks', 'start-machine', 'keep-running']);
  });

  it('starts the containers that require it only after it runs again', () => {
    const kinds = inUndoOrder([
      { do: 'start-dependent', name: 'app', service: 'systemd-nspawn@app.service' },
      keepRunningUndo(PLACES, null),
      { do: 'restart-machine', ...MACHINE },
    ]).map((record) => record.do);
    expect(kinds).to.deep.equal(['restart-machine', 'start-dependent', 'keep-running']);
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
