import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The layers below the operations, from the lowest to the highest. */
const FLOORS = [
  'src/text',
  'src/errors',
  'src/base',
  'src/container',
  'src/host',
  'src/nix',
  'src/systemd',
  'src/running',
] as const;

/** The parts that each part may import, as in docs/architecture.md. A part may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/text': [],
  'src/errors': ['src/text'],
  'src/base': ['src/text', 'src/errors'],
  'src/container': ['src/text', 'src/errors'],
  'src/host': ['src/text', 'src/errors', 'src/base', 'src/container'],
  'src/nix': ['src/text', 'src/errors', 'src/base', 'src/container'],
  'src/systemd': ['src/text', 'src/errors', 'src/base', 'src/container'],
  'src/remote': ['src/text', 'src/errors', 'src/base'],
  'src/running': ['src/text', 'src/errors', 'src/base', 'src/container', 'src/host', 'src/systemd'],
  'src/pipeline': [...FLOORS],
  'src/doctor': [...FLOORS],
  'src/plugins': [...FLOORS, 'src/pipeline'],
  'src/operations': [...FLOORS, 'src/remote', 'src/pipeline', 'src/plugins', 'src/doctor'],
  'src/index.ts': ['*'],
  cli: ['*'],
  hooks: ['*'],
  commands: ['*'],
};

/** Parts that no other part may import, because they are at the top. */
const AT_THE_TOP = ['commands', 'hooks', 'src/index.ts'];

interface Import {
  from: string;
  /** As it is written in the file. */
  specifier: string;
  /** The file of this repository that it refers to; null for packages. */
  to: string | null;
}

describe('the source code', () => {
  let files: string[];
  let imports: Import[];

  before(async () => {
    files = await sources(['src', 'cli', 'commands', 'hooks', 'plugins']);
    imports = (await Promise.all(files.map(importsOf))).flat();
    expect(imports.length, 'imports were found at all').to.be.greaterThan(300);
  });

  it('imports in one direction', () => {
    const wrong = imports.filter(
      ({ from, to }) => to !== null && !from.startsWith('plugins/') && !allowed(from, to),
    );
    expect(wrong.map(shown)).to.deep.equal([]);
  });

  it('has no circular imports', () => {
    const graph = new Map(
      files.map((file) => [
        file,
        imports.flatMap(({ from, to }) => (from === file && to !== null ? [to] : [])),
      ]),
    );
    expect(circle(graph)).to.equal(null);
  });

  it('has no import of doctor in host, nix and systemd', () => {
    const wrong = imports.filter(
      ({ from, to }) => /^src\/(host|nix|systemd)\//.test(from) && to?.startsWith('src/doctor/'),
    );
    expect(wrong.map(shown)).to.deep.equal([]);
  });

  it('has no module in src/host that only doctor uses', () => {
    const users = new Map<string, Set<string>>();
    for (const { from, to } of imports)
      if (to?.startsWith('src/host/')) users.set(to, (users.get(to) ?? new Set()).add(partOf(from)));
    const misplaced = [...users].filter(([, parts]) => parts.size === 1 && parts.has('src/doctor'));
    expect(misplaced.map(([file]) => file)).to.deep.equal([]);
  });

  it('has one file for each check of doctor, which only the list and the preflight import', () => {
    const checks = files.filter((file) => file.startsWith('src/doctor/checks/'));
    const importers = (file: string) => imports.filter(({ to }) => to === file).map(({ from }) => from);
    expect(checks).to.not.deep.equal([]);
    expect(checks.filter((file) => !importers(file).includes('src/doctor/checks.ts'))).to.deep.equal([]);
    const others = checks
      .flatMap(importers)
      .filter((file) => !['src/doctor/checks.ts', 'src/doctor/preflight.ts'].includes(file));
    expect(others).to.deep.equal([]);
  });

  it('has no import of oclif or listr2 in the library', () => {
    const wrong = imports.filter(
      ({ from, specifier }) => from.startsWith('src/') && /^(@oclif|listr2)/.test(specifier),
    );
    expect(wrong.map(shown)).to.deep.equal([]);
  });

  it('has no input or output in container/', () => {
    const wrong = imports.filter(
      ({ from, specifier }) =>
        from.startsWith('src/container/') && /^(node:(?!path|util)|execa)/.test(specifier),
    );
    expect(wrong.map(shown)).to.deep.equal([]);
  });

  it('starts processes in only one file', () => {
    const starters = imports.filter(({ specifier }) => /^(node:)?child_process$|^execa$/.test(specifier));
    expect([...new Set(starters.map(({ from }) => from))]).to.deep.equal(['src/base/process.ts']);
  });

  it('creates errors only in src/errors', async () => {
    const makers = await Promise.all(
      files.map(async (file) =>
        (await readFile(join(root, file), 'utf8')).includes('new NspawnError(') ? file : null,
      ),
    );
    // An error of a plugin comes from another process and is created again here.
    expect(makers.filter((file) => file !== null && !file.startsWith('src/errors/'))).to.deep.equal([
      'src/plugins/isolate.ts',
    ]);
  });

  it('imports only the public entry points of the package in bundled plugins', () => {
    const wrong = imports.filter(
      ({ from, specifier, to }) =>
        from.startsWith('plugins/') &&
        (to === null
          ? !/^(nixos-nspawn\/plugin(\/testing)?|zod|node:.*)$/.test(specifier)
          : pluginOf(to) !== pluginOf(from)),
    );
    expect(wrong.map(shown)).to.deep.equal([]);
  });
});

function allowed(from: string, to: string): boolean {
  const [a, b] = [partOf(from), partOf(to)];
  if (a === b) return true;
  const may = MAY_IMPORT[a];
  if (may === undefined)
    throw new Error(`${from} is in no part of the house: add it here and to docs/architecture.md`);
  return may.includes('*') ? !AT_THE_TOP.includes(b) : may.includes(b);
}

function partOf(file: string): string {
  if (file === 'src/index.ts') return file;
  const [top = '', second = ''] = file.split('/');
  return top === 'src' ? `${top}/${second}` : top;
}

const pluginOf = (file: string) => file.split('/').slice(0, 2).join('/');
const shown = ({ from, specifier }: Import) => `${from} imports ${specifier}`;

async function sources(directories: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    directories.map(async (directory) => {
      const entries = await readdir(join(root, directory), { withFileTypes: true, recursive: true });
      return entries
        .filter((entry) => entry.isFile() && /(?<!\.test|\.d)\.ts$/.test(entry.name))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)))
        .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file));
    }),
  );
  return found.flat().sort();
}

/** Static and dynamic imports, including type-only ones: they are dependencies too. */
async function importsOf(file: string): Promise<Import[]> {
  const { importedFiles } = ts.preProcessFile(await readFile(join(root, file), 'utf8'), true, true);
  return importedFiles.map(({ fileName: specifier }) => ({
    from: file,
    specifier,
    to: specifier.startsWith('.')
      ? relative(root, join(root, dirname(file), specifier)).replace(/\.js$/, '.ts')
      : null,
  }));
}

/** One cycle of imports as `a -> b -> a`; null if there is none. */
function circle(graph: ReadonlyMap<string, readonly string[]>): string | null {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' -> ');
    if (done.has(file)) return null;
    for (const next of graph.get(file) ?? []) {
      const found = visit(next, [...path, file]);
      if (found !== null) return found;
    }
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const found = visit(file, []);
    if (found !== null) return found;
  }
  return null;
}
