import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { bytesText } from '../cli/views/bytes.js';
import type { CopyResult } from '../src/operations/copy.js';

export default class Copy extends BaseCommand<typeof Copy> {
  static override readonly onTarget = 'refused';
  static override summary = 'Copy files into a container or out of it';
  static override description =
    "Copies a file, or a directory with everything in it. One or both sides are NAME:PATH, a path in a running or stopped container. If the target is an existing directory, the copy gets the source's name in it; if the source ends with '/.', only the entries of the directory are copied. A source that is a link is followed, links in a directory are copied as links. '-' is standard input or standard output. Links of a container never lead out of it.";
  static override aliases = ['cp'];
  static override examples = [
    '<%= config.bin %> <%= command.id %> nginx.conf web:/etc/nginx/',
    '<%= config.bin %> <%= command.id %> web:/var/log/nginx ./logs',
    '<%= config.bin %> <%= command.id %> --archive old:/var/lib/postgresql new:/var/lib/',
    'pg_dump shop | <%= config.bin %> <%= command.id %> - db:/root/shop.sql',
  ];
  static override args = {
    from: Args.string({ description: "Source: NAME:PATH, a path on the host, or '-'", required: true }),
    to: Args.string({ description: "Target: NAME:PATH, a path on the host, or '-'", required: true }),
  };
  static override flags = {
    archive: Flags.boolean({
      char: 'a',
      description: 'Keep owners, modes and times (default: the owner is root, or that of the replaced file)',
    }),
  };

  async run(): Promise<CopyResult> {
    const { from, to } = this.args;
    if (to === '-' && this.jsonEnabled()) {
      const { copyMixesOutput } = await import('../src/errors/copying.js');
      throw copyMixesOutput();
    }
    const { copyFiles } = await import('../src/operations/copy.js');
    const request = { from, to, archive: this.flags.archive };
    const result = await copyFiles(request, this.interruptibleOptions());
    if (to !== '-') {
      const { files, directories, bytes } = result;
      const more = directories === 0 ? '' : ` in ${directories} director${directories === 1 ? 'y' : 'ies'}`;
      this.log(`Copied ${files} file${files === 1 ? '' : 's'}${more} (${bytesText(bytes)})`);
    }
    return result;
  }
}
