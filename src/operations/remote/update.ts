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
    updateResultSchema.parse(await changeThere('update', request, there, options)),
  );
}
