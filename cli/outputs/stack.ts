import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload, type SourceMapping } from 'node:module';
import { join } from 'node:path';
import { packageDirectory } from '../../src/base/package-directory.js';

/** A stack frame in the program, as V8 prints it: `    at run (/…/dist/program.cjs:7:1234)`. */
const FRAME = /^(\s+at )(.*?)\(?[^\s()]*program\.cjs:(\d+):(\d+)\)?$/;
/** The part of a frame before the function's name. V8 prints `async`, `new` and the class there too. */
const BEFORE_NAME = /^((?:async |new )*)(?:[\w$]+\.)*[\w$]+ $/;

/**
 * An error's stack with the names and lines of the sources. The program is minified for speed. Its source map is read
 * only here, so that a normal start does not need it. Run from the sources, the stack is already readable.
 */
export function readableStack(error: Error): string {
  const stack = error.stack ?? String(error);
  if (!stack.includes('program.cjs:')) return stack;
  const map = sourceMap();
  if (map === null) return stack;
  const lines = stack.split('\n');
  return lines.map((line, index) => translated(line, lines[index + 1], map)).join('\n');
}

function translated(line: string, caller: string | undefined, map: SourceMap): string {
  const [, at = '', call = ''] = FRAME.exec(line) ?? [];
  const place = placeOf(line, map);
  if (place === null) return line;
  // A function's original name is known only where it is called. Its own position has only the minified name.
  const name = caller === undefined ? undefined : placeOf(caller, map)?.name;
  const before = BEFORE_NAME.exec(call)?.[1] ?? '';
  return name === undefined ? `${at}${before}${place.text}` : `${at}${before}${name} (${place.text})`;
}

function placeOf(line: string, map: SourceMap): { text: string; name: string | undefined } | null {
  const [, , , row, column] = FRAME.exec(line) ?? [];
  if (row === undefined || column === undefined) return null;
  const entry: Partial<SourceMapping> & { name?: string } = map.findEntry(
    Number(row) - 1,
    Number(column) - 1,
  );
  if (entry.originalSource === undefined) return null;
  const { originalSource, originalLine = 0, originalColumn = 0, name } = entry;
  const source = originalSource.replace(/^(\.\.\/)+/, '');
  return { text: `${source}:${originalLine + 1}:${originalColumn + 1}`, name: name || undefined };
}

/** Null if the package has no source map. The stack is then shown unchanged. */
function sourceMap(): SourceMap | null {
  try {
    const text = readFileSync(join(packageDirectory(), 'dist/program.cjs.map'), 'utf8');
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    return null;
  }
}
