import { dirname } from 'node:path';
import { pathInTheWay } from '../../error-catalog.js';
import { fileState, putText } from '../../host/files.js';
import { type ContainerRecord, knownGenerations, renderRecord } from '../../host/record.js';
import type { Source } from '../../nix/source.js';
import type { Step } from '../../pipeline/steps.js';
import type { Change } from '../change.js';
import { hostFilesOnDisk } from './preset-files.js';

/** Remembers where the container came from, so that `update NAME` alone can go there again. */
export function recordStep(change: Change, source: Source): Step {
  return {
    title: 'Remember the source',
    run: async () => {
      const { places, transaction } = change;
      const before = await fileState(places.record);
      if (before.kind === 'other') throw pathInTheWay(places.record);
      const record: ContainerRecord = {
        version: 1,
        source,
        built: built(change),
        system: change.system,
        resolved: change.resolved,
        presets: [...change.presets],
        hostFiles: presetFiles(change),
        lastOperation: { operation: change.operation, at: new Date().toISOString() },
      };
      await transaction.willUndo({ do: 'remove-directory', path: dirname(places.record) });
      await transaction.willUndo({ do: 'put-file', path: places.record, state: before });
      await putText(places.record, renderRecord(record), 0o600);
    },
  };
}

/** A rollback may go to a generation of another tool, and does not make it this tool's. */
function built({ operation, generation, before, record, closure }: Change): Record<string, string> {
  const known = knownGenerations(record, before);
  const number = generation ?? before.currentNumber;
  if (operation === 'rollback' || number === null || closure === null) return known;
  return { ...known, [number]: closure.path };
}

/** Those of this change; where it leaves presets as they are, those of before. */
function presetFiles({ presetFiles, context, record }: Change): string[] {
  if (presetFiles === null) return record?.hostFiles ?? [];
  return hostFilesOnDisk(context.layout, presetFiles).map(({ path }) => path);
}
