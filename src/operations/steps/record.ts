import { dirname } from 'node:path';
import { fileState, putText } from '../../base/files.js';
import type { Source } from '../../container/source.js';
import { pathInTheWay } from '../../errors/places.js';
import { type ContainerRecord, knownGenerations, renderRecord } from '../../host/record.js';
import type { Act } from '../../pipeline/steps.js';
import type { Switched, Under } from '../stages.js';
import { hostFilesOnDisk } from './preset-files.js';

/** Records what the container was made from, so that a later `update NAME` can build it again. */
export const recordAct = (
  operation: 'create' | 'update' | 'rollback' | 'migrate',
  source: Source,
): Act<Under<Switched>> => ({
  id: 'remember-source',
  title: 'Record the source',
  run: async (given) => {
    const { places, transaction, system, resolved, presets } = given;
    const before = await fileState(places.record);
    if (before.kind === 'other') throw pathInTheWay(places.record);
    const record: ContainerRecord = {
      version: 1,
      source,
      // A rollback may go to a generation that another tool made.
      built: operation === 'rollback' ? knownGenerations(given.record, given.before) : built(given),
      system,
      resolved,
      presets: [...presets],
      hostFiles: presetFiles(given),
      lastOperation: { operation, at: new Date().toISOString() },
    };
    await transaction.willUndo(
      { do: 'remove-directory', path: dirname(places.record) },
      { do: 'put-file', path: places.record, state: before },
    );
    await putText(places.record, renderRecord(record), 0o600);
  },
});

function built({ generation, before, record, closure }: Switched): Record<string, string> {
  const known = knownGenerations(record, before);
  const number = generation ?? before.currentNumber;
  return number === null ? known : { ...known, [number]: closure.path };
}

/** The files of this change's presets. If the change leaves presets as they are, those of earlier changes. */
function presetFiles({ presetFiles, context, record }: Under<Switched>): string[] {
  if (presetFiles === null) return record?.hostFiles ?? [];
  return hostFilesOnDisk(context.layout, presetFiles).map(({ path }) => path);
}
