import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/commands/base-command.js';

/** Milliseconds in which a caller must confirm that it has received the outcome. */
const PATIENCE = 10_000;

/** What the tool of another host asks for a change (src/operations/remote). It reads and prints JSON. */
export default class Change extends BaseCommand<typeof Change> {
  static override readonly onTarget = 'refused';
  static override hidden = true;
  static override summary = 'Change a container for the tool of another host';
  static override enableJsonFlag = false;
  static override args = {
    what: Args.string({ required: true, options: ['prepare', 'apply'] }),
    name: Args.string({ description: 'Container name', required: true }),
  };

  async run(): Promise<void> {
    const { errorDocument, asNspawnError } = await import('../src/errors/nspawn-error.js');
    try {
      await (this.args.what === 'prepare' ? this.#prepare() : this.#apply());
    } catch (error) {
      process.exitCode = asNspawnError(error).exitCode;
      this.#tell(JSON.stringify(errorDocument(error)));
    }
  }

  async #prepare(): Promise<void> {
    const [{ prepareChange }, { wishSchema }, { discoverPlugins }] = await Promise.all([
      import('../src/operations/remote/prepare.js'),
      import('../src/operations/remote/messages.js'),
      import('../src/plugins/discovery.js'),
    ]);
    const wish = wishSchema.parse(JSON.parse(await input()));
    const { plugins } = await discoverPlugins({ dataDir: this.pluginDirectory() });
    const options = { ...(await this.operationOptions({ silent: true })), onEvent: () => undefined };
    this.#tell(JSON.stringify(await prepareChange(wish, options, plugins)));
  }

  async #apply(): Promise<void> {
    const [{ applyChange }, { orderSchema, RECEIVED }, { AGENT, PROTOCOL, RUN_ORDER }] = await Promise.all([
      import('../src/operations/remote/apply.js'),
      import('../src/operations/remote/messages.js'),
      import('../src/text/protocol.js'),
    ]);
    const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const order = orderSchema.parse(JSON.parse((await lines.next()).value ?? ''));
    const tool = [...process.execArgv, process.argv[1] ?? ''];
    const flags = this.argv.slice(this.argv.indexOf(this.args.name) + 1);
    const command = [process.execPath, ...tool, AGENT, String(PROTOCOL), RUN_ORDER, ...flags] as const;
    const isReceived = async () => {
      const answer = await Promise.race([lines.next(), delay(PATIENCE, undefined, { ref: false })]);
      return answer?.value === RECEIVED.trim();
    };
    await applyChange(order, this.interruptibleOptions(), command, (line) => this.#tell(line), isReceived);
    // Standard input would keep this process alive until the caller has gone.
    process.stdin.destroy();
  }

  #tell(line: string): void {
    process.stdout.write(`${line}\n`);
  }
}

async function input(): Promise<string> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) text += part;
  return text;
}
