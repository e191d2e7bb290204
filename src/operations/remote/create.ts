import type { OperationOptions } from '../context.js';
import { type ChangeResult, type CreateRequest, changeResultSchema } from '../create.js';
import { withKnownErrors } from '../known-errors.js';
import { changeThere, type ThereOptions } from './change.js';

/** Creates a container on another host; see `changeThere`. */
export async function createThere(
  request: Omit<CreateRequest, 'built'>,
  there: ThereOptions,
  options: OperationOptions,
): Promise<ChangeResult> {
  return await withKnownErrors(async () =>
    changeResultSchema.parse(await changeThere('create', request, there, options)),
  );
}
