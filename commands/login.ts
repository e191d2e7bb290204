import { BaseCommand } from '../cli/commands/base-command.js';
import { containerArgument } from '../cli/commands/container-argument.js';

export default class Login extends BaseCommand<typeof Login> {
  static override summary = "Open a container's login prompt";
  static override description =
    "Asks for the name and password of a user of the container, as its console does. To leave, press Ctrl-] three times within a second. 'shell' needs no password.";
  static override examples = ['<%= config.bin %> <%= command.id %> web'];
  static override enableJsonFlag = false;
  static override args = { name: containerArgument };

  async run(): Promise<void> {
    const { attachLogin } = await import('../src/operations/enter.js');
    process.exitCode = await attachLogin({ name: this.args.name }, this.quietOptions());
  }
}
