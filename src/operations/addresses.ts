import * as z from 'zod';
import type { OperationOptions } from './context.js';
import { requireRunning } from './reachable.js';

export const addressesSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Textual, IPv4 first; those of the link alone come last. */
  addresses: z.array(z.string()),
});

export type Addresses = z.infer<typeof addressesSchema>;

export interface AddressesRequest {
  /** The name of the container. */
  name: string;
  /** Only those of one family; default both. */
  family?: 4 | 6 | undefined;
}

/** The addresses by which a running container is reached; none while it has not got one yet. @throws `not-running` */
export async function containerAddresses(
  request: AddressesRequest,
  options: OperationOptions = {},
): Promise<Addresses> {
  const { machine } = await requireRunning(request.name, options);
  const { family } = request;
  const wanted = machine.addresses.filter(
    (address) => family === undefined || address.includes(':') === (family === 6),
  );
  return { name: machine.name, addresses: wanted };
}
