import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import Module, { SourceMap, type SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { door } from '../built-program.js';

const program = fileURLToPath(new URL('../../../dist/program.cjs', import.meta.url));

/** What V8 reports of a run (NODE_V8_COVERAGE): the first range of a function is the whole function. */
const coverageSchema = z.looseObject({
  result: z.array(
    z.looseObject({
      url: z.string(),
      functions: z.array(
        z
          .looseObject({
            ranges: z.array(z.looseObject({ startOffset: z.int(), endOffset: z.int(), count: z.int() })),
          })
          .transform(({ ranges }) => ranges[0]),
      ),
    }),
  ),
});

/**
 * Runs the command line, which must succeed. Returns the modules of which any code ran, as paths in this repository or,
 * for those of packages, from `node_modules/` on. V8 counts the calls of each function, also of the one that runs a
 * module when it is first used.
 */
export async function modulesRun(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Set<string>> {
  const directory = await mkdtemp(join(tmpdir(), 'nspawn-coverage-'));
  try {
    const { status, stderr } = spawnSync(process.execPath, [door, ...argv], {
      encoding: 'utf8',
      env: { ...process.env, ...env, NODE_V8_COVERAGE: directory, NODE_DISABLE_COMPILE_CACHE: '1' },
    });
    if (status !== 0) throw new Error(`${argv.join(' ')}: exit code ${status}\n${stderr}`);
    const sourceOf = await sources();
    const modules = new Set<string>();
    for (const file of await readdir(directory)) {
      const { result } = coverageSchema.parse(JSON.parse(await readFile(join(directory, file), 'utf8')));
      for (const { functions } of result.filter(({ url }) => url.endsWith('/dist/program.cjs')))
        for (const called of functions) {
          if (called === undefined || called.count === 0 || called.startOffset === 0) continue;
          const source = sourceOf(called.startOffset, called.endOffset);
          if (source !== null) modules.add(source);
        }
    }
    return modules;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Finds the source of a part of the program; null if it has none, as code of the bundler. */
async function sources(): Promise<(start: number, end: number) => string | null> {
  const text = await readFile(program, 'latin1');
  const map = new SourceMap(JSON.parse(await readFile(`${program}.map`, 'utf8')) as SourceMapPayload);
  const lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  // bin/load-program.cjs wraps the program in a function.
  const before = Module.wrap('|').indexOf('|');
  return (wrappedStart, wrappedEnd) => {
    const [start, end] = [wrappedStart - before, wrappedEnd - before];
    const line = lines.findLastIndex((first) => first < end);
    const first = lines[line] ?? 0;
    const entry = map.findEntry(line, end - 1 - first);
    // The last position with a source may be before this part.
    if (!('originalSource' in entry) || entry.generatedLine !== line || first + entry.generatedColumn < start)
      return null;
    return entry.originalSource.replace(/^(\.\.\/)+|^.*(?=node_modules\/)/, '');
  };
}
