import type { OperationOptions } from '../context.js';
import { withKnownErrors } from '../known-errors.js';
import { type UpdateRequest, type UpdateResult, updateResultSchema } from '../update.js';
import { changeThere, type ThereOptions } from './change.js';

/** Updates a container on another host; see `changeThere`. */
export async function updateThere(
  request: Omit<UpdateRequest, 'built' | 'caller'>,
  there: ThereOptions,
  options: OperationOptions,
): Promise<UpdateResult> {
  return await withKnownErrors(async () =>
    updateResultSchema.parse(
      await changeThere(
        {
          verb: 'update',
          name: request.name,
          source: request.source ?? null,
          system: request.system ?? null,
          presets: [...(request.presets ?? [])],
          dropPresets: [...(request.dropPresets ?? [])],
          strategy: request.strategy ?? null,
          start: request.start ?? false,
          force: request.force ?? false,
          rollBack: request.rollBack ?? true,
          ignoreFailedUnits: request.ignoreFailedUnits ?? false,
          waitOnline: options.waitOnline ?? 20,
        },
        there,
        options,
      ),
    ),
  );
}
