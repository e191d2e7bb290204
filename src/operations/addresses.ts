import * as z from 'zod';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { requireRunning } from './reachable.js';

export const addressesSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** As text, IPv4 first. Link-local addresses are last. */
  addresses: z.array(z.string()),
});

export type Addresses = z.infer<typeof addressesSchema>;

export interface AddressesRequest {
  /** The name of the container. */
  name: string;
  /** Only addresses of this family; default both. */
  family?: 4 | 6 | undefined;
}

/** The addresses at which a running container can be reached; empty if it has none yet. @throws `not-running` */
export async function containerAddresses(
  request: AddressesRequest,
  options: OperationOptions = {},
): Promise<Addresses> {
  return await withKnownErrors(async () => {
    const { machine } = await requireRunning(request.name, options);
    const { family } = request;
    const wanted = machine.addresses.filter(
      (address) => family === undefined || address.includes(':') === (family === 6),
    );
    return { name: machine.name, addresses: wanted };
  });
}
