import { expect } from 'chai';
import { parseNixLine } from '../../../src/nix/internal-json.js';
import { NixProgress } from '../../../src/nix/progress.js';

const nixLine = (json: string) => `@nix ${json}`;
const event = (value: object) => nixLine(JSON.stringify(value));
const DRV = `/nix/store/${'a'.repeat(32)}-web-1.0.drv`;

describe('the progress that Nix reports', () => {
  describe('one line', () => {
    it('can have ids of 64 bits, which would be equal as numbers', () => {
      const ids = ['13835058055282163713', '13835058055282163714'].map((id) => {
        const parsed = parseNixLine(nixLine(`{"action":"stop","id":${id}}`));
        return typeof parsed === 'object' && parsed?.action === 'stop' ? parsed.id : null;
      });
      expect(ids).to.deep.equal(['13835058055282163713', '13835058055282163714']);
    });

    it('can have a text that looks like an id', () => {
      const parsed = parseNixLine(event({ action: 'msg', level: 0, msg: 'no "id":12 here' }));
      expect(parsed).to.deep.equal({ action: 'msg', level: 0, msg: 'no "id":12 here' });
    });

    it('is skipped if its kind is unknown', () => {
      expect(parseNixLine(event({ action: 'dance', id: 1 }))).to.equal(null);
      expect(parseNixLine(event({ action: 'start', id: 1, type: 'new' }))).to.equal(null);
      expect(parseNixLine(event({ action: 'result', id: 1, type: 9999, fields: [{ a: 1 }] }))).to.equal(null);
      expect(parseNixLine(nixLine('[]'))).to.equal(null);
    });

    it('is text if it is not an event or is truncated', () => {
      expect(parseNixLine('error: out of luck')).to.equal('error: out of luck');
      expect(parseNixLine('@nix {"action":"st')).to.equal('@nix {"action":"st');
    });

    it('has defaults for fields that an older Nix omits', () => {
      expect(parseNixLine(event({ action: 'start', id: 7, type: 0 }))).to.deep.equal({
        action: 'start',
        id: '7',
        type: 0,
        text: '',
        parent: '0',
        fields: [],
      });
    });
  });

  describe('a whole command', () => {
    let shown: string[];
    let logged: string[];
    let progress: NixProgress;

    beforeEach(() => {
      shown = [];
      logged = [];
      progress = new NixProgress({ progress: (text) => shown.push(text), log: (text) => logged.push(text) });
    });

    it('is shown as its current activity and how much is done', () => {
      progress.line(event({ action: 'start', id: 1, type: 104, text: '' }));
      progress.line(event({ action: 'result', id: 1, type: 105, fields: [1, 4, 1, 0] }));
      progress.line(event({ action: 'start', id: 2, type: 105, text: '', fields: [DRV, '', 1, 1] }));
      expect(shown.at(-1)).to.equal('building web-1.0 · 1 of 4 built');
      progress.line(event({ action: 'stop', id: 2 }));
      progress.line(
        event({ action: 'start', id: 3, type: 108, fields: [`/nix/store/${'b'.repeat(32)}-curl-8`] }),
      );
      progress.line(event({ action: 'start', id: 4, type: 100 }));
      progress.line(event({ action: 'result', id: 4, type: 105, fields: [1_048_576, 3_145_728, 0, 0] }));
      expect(shown.at(-1)).to.equal('fetching curl-8 · 1 of 4 built, 1.0 of 3.0 MiB');
    });

    it('may contain results of unknown activities', () => {
      progress.line(event({ action: 'result', id: 99, type: 105, fields: [1, 2] }));
      progress.line(event({ action: 'stop', id: 99 }));
      progress.line(event({ action: 'start', id: 5, type: 4242, text: 'something new' }));
      expect(shown).to.deep.equal([]);
    });

    it('has its build log passed on, and the end of it added to the error', () => {
      for (let line = 1; line <= 40; line += 1)
        progress.line(event({ action: 'result', id: 1, type: 101, fields: [`line ${line}`] }));
      progress.line(
        event({ action: 'msg', level: 0, msg: "\u001b[31;1merror:\u001b[0m builder for 'x' failed" }),
      );
      const lines = progress.errorText.split('\n');
      expect(lines.slice(0, 3)).to.deep.equal([
        "error: builder for 'x' failed",
        'Last lines of the build:',
        'line 11',
      ]);
      expect(lines.at(-1)).to.equal('line 40');
      expect(logged).to.have.length(41);
    });

    it('has each warning reported once, whether it is an event or a plain line', () => {
      progress.line(event({ action: 'msg', level: 1, msg: '\u001b[35;1mwarning:\u001b[0m it is old' }));
      progress.line('warning: it is old');
      progress.line('evaluation warning: web: use something else');
      expect(progress.warnings).to.deep.equal(['it is old', 'web: use something else']);
      expect(progress.errorText).to.equal('');
    });
  });
});
