import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const PAGE = fileURLToPath(new URL('../../../docs/failure-matrix.md', import.meta.url));

/** If set, the suites write their results to the page instead of comparing them. */
const isWriting = process.env.NIXOS_NSPAWN_TEST_WRITE_PAGES !== undefined;

/** Compares the results of a command's trials with its table in the manual. A cell without a trial is a dash. */
export async function expectOnPage(verb: string, header: readonly string[], rows: readonly string[][]) {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell || '—').join(' | ')} |`;
  const table = [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
  const page = await readFile(PAGE, 'utf8');
  const [begin, end] = [`<!-- trials of ${verb} -->\n\n`, `\n\n<!-- end of ${verb} -->`];
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`${PAGE} has no place for '${verb}'`);
  if (isWriting) {
    await writeFile(PAGE, page.slice(0, from) + table + page.slice(to));
    return;
  }
  expect(page.slice(from, to), `${PAGE}; NIXOS_NSPAWN_TEST_WRITE_PAGES=1 updates it`).to.equal(table);
}
