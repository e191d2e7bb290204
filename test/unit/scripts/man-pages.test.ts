import { expect } from 'chai';
import { manualPages } from '../../../scripts/man-pages.mjs';
import { ExitCode } from '../../../src/errors/exit-codes.js';

const wait = { name: 'wait', type: 'option', helpValue: 'SECONDS', default: 0, helpGroup: 'GLOBAL' };
const manifest = {
  commands: {
    'boxes:open': {
      id: 'boxes:open',
      aliases: [],
      summary: 'Open a box',
      description: ".hidden boxes open too, and C:\\boxes; it's '#…' that does not.",
      args: { name: { name: 'name', description: 'The box', required: true } },
      flags: {
        wait,
        slowly: { name: 'slowly', char: 's', type: 'boolean', allowNo: true, description: 'Take time' },
        secret: { name: 'secret', type: 'boolean', hidden: true },
      },
      examples: ['<%= config.bin %> <%= command.id %> red --slowly'],
    },
    __internal: { id: '__internal', hidden: true, args: {}, flags: {} },
  },
};

describe('manual pages', () => {
  const pages = new Map(manualPages(manifest, '1.2.3'));
  const page = pages.get('nixos-nspawn-boxes-open.1') ?? '';

  it('exist for the tool and for each command that is not hidden', () => {
    expect([...pages.keys()]).to.deep.equal(['nixos-nspawn.1', 'nixos-nspawn-boxes-open.1']);
  });

  it('contain the summary, flags and examples of the command, with placeholders replaced', () => {
    expect(page).to.include('nixos\\-nspawn\\-boxes\\-open \\- Open a box\n');
    expect(page).to.include('\\fB\\-s\\fR, \\fB\\-\\-[no\\-]slowly\\fR\nTake time.');
    expect(page).to.include('\nnixos\\-nspawn boxes open red \\-\\-slowly\n');
    expect(page).not.to.include('secret');
  });

  it('contain no accidental troff requests, and only ASCII characters', () => {
    expect(page).to.include("\n\\&.hidden boxes open too, and C:\\eboxes; it's '#\\[u2026]' that");
    expect(page).to.match(/^[\n -~]*$/);
    const requests = new Set([...page.matchAll(/^\.\S+/gm)].map(([request]) => request));
    expect([...requests].sort()).to.deep.equal(['.BR', '.SH', '.TH', '.TP', '.fi', '.nf']);
  });

  it('list the global flags and all exit codes on the page of the tool', () => {
    const overview = pages.get('nixos-nspawn.1') ?? '';
    expect(overview).to.include('\\-\\-wait\\fR \\fISECONDS\\fR');
    const codes = [...overview.matchAll(/^\.B (\d+)$/gm)].map(([, code]) => Number(code));
    expect(codes).to.have.members(Object.values(ExitCode));
  });
});
