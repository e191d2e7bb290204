import { type Colour, coloured, showsColour } from './colour.js';

export interface Column<T> {
  title: string;
  value: (row: T) => string;
  /** How to shorten it on a narrow terminal: cut a name or an address, wrap a sentence. Default: not at all. */
  narrows?: 'cut' | 'wrap';
  /** The cell's colour on a terminal. Default: none. */
  colour?: (row: T) => Colour | null;
}

/** The minimum width of a narrowed column. */
const NARROWEST = { cut: 10, wrap: 20 } as const;
const GAP = 2;

/** On a terminal narrower than this, tables are not narrowed further. */
const NARROWEST_TERMINAL = 40;

/**
 * The maximum width of a table: the terminal's width. Without a terminal a program reads the output, so there is no
 * limit.
 */
export const tableWidth = ({ isTTY, columns }: { isTTY?: boolean; columns?: number } = process.stdout) =>
  isTTY ? Math.max(NARROWEST_TERMINAL, columns || 80) : Number.POSITIVE_INFINITY;

/** An aligned table with two spaces between columns and no trailing spaces. Empty if there are no rows. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  width = tableWidth(),
  isColoured = showsColour(),
): string {
  if (rows.length === 0) return '';
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => value(row))),
  ];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  for (const manner of ['wrap', 'cut'] as const)
    for (const [at, { narrows }] of columns.entries()) {
      const excess = sum(widths) + GAP * (columns.length - 1) - width;
      const own = widths[at] ?? 0;
      if (narrows === manner && excess > 0)
        widths[at] = Math.max(Math.min(own, NARROWEST[manner]), own - excess);
    }
  const coloursOf = (row: T | undefined) =>
    columns.map(({ colour }) => (row === undefined ? 'bold' : (colour?.(row) ?? null)));
  return cells
    .flatMap((line, at) => linesOf(line, columns, widths, isColoured ? coloursOf(rows[at - 1]) : []))
    .join('\n');
}

function linesOf<T>(
  cells: readonly string[],
  columns: readonly Column<T>[],
  widths: readonly number[],
  colours: readonly (Colour | null)[],
): string[] {
  const parts = cells.map((cell, at) => {
    const width = widths[at] ?? 0;
    if (cell.length <= width) return [cell];
    return columns[at]?.narrows === 'wrap' ? wrapped(cell, width) : [`${cell.slice(0, width - 1)}…`];
  });
  const height = Math.max(...parts.map(({ length }) => length));
  return Array.from({ length: height }, (_, row) =>
    parts
      .map((lines, at) => {
        const text = lines[row] ?? '';
        const isLast = parts.slice(at + 1).every((later) => !later[row]);
        const padding = isLast ? '' : ' '.repeat(Math.max(0, (widths[at] ?? 0) - text.length) + GAP);
        return coloured(text, colours[at] ?? null) + padding;
      })
      .join(''),
  );
}

/** Breaks text at spaces into lines of at most `width`. A word that is longer gets its own line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Breaks a sentence into indented lines that fit the terminal. Without a terminal it is not broken. */
export const sentence = (text: string, indent = '', width = tableWidth()): string[] =>
  wrapped(text, width - indent.length).map((line) => `${indent}${line}`);

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
