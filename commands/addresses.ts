import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';
import type { Addresses } from '../src/operations/addresses.js';

export default class AddressesCommand extends BaseCommand<typeof AddressesCommand> {
  static override summary = "Print a running container's IP addresses, one per line";
  static override aliases = ['ip'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --ipv4',
  ];
  static override args = { name: containerArgument };
  static override flags = {
    ipv4: Flags.boolean({ description: 'Print only IPv4 addresses', exclusive: ['ipv6'] }),
    ipv6: Flags.boolean({ description: 'Print only IPv6 addresses' }),
  };

  async run(): Promise<Addresses> {
    const { containerAddresses } = await import('../src/operations/addresses.js');
    const { ipv4, ipv6 } = this.flags;
    const family = ipv4 ? 4 : ipv6 ? 6 : undefined;
    const result = await containerAddresses({ name: this.args.name, family }, this.quietOptions());
    for (const address of result.addresses) this.log(address);
    return result;
  }
}
