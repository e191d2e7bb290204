import type { OperationOptions } from '../context.js';
import { type ChangeResult, type CreateRequest, changeResultSchema } from '../create.js';
import { withKnownErrors } from '../known-errors.js';
import { changeThere, type ThereOptions } from './change.js';

/** Creates a container on another host; see `changeThere`. */
export async function createThere(
  { name, source, system, presets = [] }: Omit<CreateRequest, 'built'>,
  there: ThereOptions,
  options: OperationOptions,
): Promise<ChangeResult> {
  return await withKnownErrors(async () =>
    changeResultSchema.parse(
      await changeThere(
        {
          verb: 'create',
          name,
          source,
          system: system ?? null,
          presets: [...presets],
          dropPresets: [],
          strategy: null,
          start: false,
          force: false,
          rollBack: true,
          ignoreFailedUnits: false,
          waitOnline: options.waitOnline ?? 20,
        },
        there,
        options,
      ),
    ),
  );
}
