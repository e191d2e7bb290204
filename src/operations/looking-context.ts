import type { ContainerName } from '../container/name.js';
import { containerPlaces } from '../host/layout.js';
import { settleBeforeLooking } from '../pipeline/settle.js';
import { type Context, type OperationOptions, operationContext } from './context.js';

/**
 * The context of a command that only reads one container. First undoes or finishes the change of an interrupted run, if
 * the caller has permission to do so.
 *
 * @param operation the name of the command, which other runs show if they find the container locked by it
 */
export async function lookingContext(
  options: OperationOptions,
  name: ContainerName,
  operation: string,
): Promise<Context> {
  const context = operationContext(options);
  await settleBeforeLooking(containerPlaces(context.layout, name), { operation, ...context });
  return context;
}
