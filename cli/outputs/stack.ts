import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload, type SourceMapping } from 'node:module';
import { join } from 'node:path';
import { packageDirectory } from '../../src/base/package-directory.js';

/** A place in the program, as V8 writes it: `    at run (/…/dist/program.cjs:7:1234)`. */
const FRAME = /^(\s+at )(.*?)\(?[^\s()]*program\.cjs:(\d+):(\d+)\)?$/;
/** What a call looks like before its name: V8 writes `async`, `new` and the class as well. */
const BEFORE_NAME = /^((?:async |new )*)(?:[\w$]+\.)*[\w$]+ $/;

/**
 * An error's stack by the names and lines of the sources. The program is minified, for speed; what its places mean is read
 * from its source map here, so that a start need not. Run from the sources, the stack says so by itself.
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
  // What a function is called is known where it is called; its own place has only the name that the minifier gave it.
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

/** Null where the package came without it: the stack is then told as it is. */
function sourceMap(): SourceMap | null {
  try {
    const text = readFileSync(join(packageDirectory(), 'dist/program.cjs.map'), 'utf8');
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    return null;
  }
}
