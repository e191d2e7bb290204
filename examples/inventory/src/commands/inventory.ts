import { Command } from '@oclif/core';
import { type Entry, entries } from '../inventory.js';

export default class Inventory extends Command {
  static override summary = 'List the owners of containers';
  static override enableJsonFlag = true;

  async run(): Promise<Entry[]> {
    await this.parse(Inventory);
    const found = await entries('/');
    for (const { container, owner, contact } of found)
      this.log(`${container}: ${owner}${contact === null ? '' : ` <${contact}>`}`);
    return found;
  }
}
