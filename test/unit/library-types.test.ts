import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import './built-program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const published = join(root, 'dist/types/src');
const DOORS = {
  'nixos-nspawn': join(published, 'index.d.ts'),
  'nixos-nspawn/plugin': join(published, 'plugins/contract.d.ts'),
  'nixos-nspawn/plugin/testing': join(published, 'plugins/testing.d.ts'),
};

/** As strict as a new project after `tsc --init`, without the types of Node.js, and with all declarations checked. */
const FRESH: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ESNext,
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: false,
  noEmit: true,
  paths: Object.fromEntries(Object.entries(DOORS).map(([name, file]) => [name, [file]])),
};

/** A program that consists of these texts, by file name, and uses the package as it is published. */
function programOf(texts: Readonly<Record<string, string>>, options: ts.CompilerOptions = {}): ts.Program {
  const inRoot = new Map(Object.entries(texts).map(([name, text]) => [join(root, name), text]));
  const all = { ...FRESH, ...options };
  const host = ts.createCompilerHost(all);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => inRoot.has(name) || fileExists(name);
  host.getSourceFile = (name, version) => {
    const text = inRoot.get(name);
    return text === undefined ? getSourceFile(name, version) : ts.createSourceFile(name, text, version);
  };
  return ts.createProgram([...inRoot.keys()], all, host);
}

/** The errors of the compiler, each with its line. */
const complaints = (program: ts.Program): string[] =>
  ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file?.text.slice(file.text.lastIndexOf('\n', start) + 1).split('\n')[0];
    return `${file?.fileName}: ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });

describe('the types of the library', function () {
  this.timeout(300_000);

  const everything = Object.keys(DOORS)
    .map((name, index) => `export * as door${index} from '${name}';`)
    .join('\n');

  it('compile in a new project without the types of Node.js', () => {
    expect(complaints(programOf({ 'new.mts': everything }))).to.deep.equal([]);
  });

  it('compile in a project with the types of Node.js and without those of browsers', () => {
    const options = {
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      lib: ['lib.es2023.d.ts'],
    };
    expect(complaints(programOf({ 'node.mts': everything }, options))).to.deep.equal([]);
  });

  it('include the codes of errors', () => {
    const handler = (code: string) => ({
      'handler.mts': `
        import { NspawnError } from 'nixos-nspawn';
        export function next(error: unknown): string {
          if (!(error instanceof NspawnError)) throw error;
          switch (error.code) {
            case '${code}':
              return error.nextSteps.join();
            default:
              throw error;
          }
        }`,
    });
    expect(complaints(programOf(handler('no-such-container')))).to.deep.equal([]);
    expect(complaints(programOf(handler('no-such-contaner'))).join()).to.include('"no-such-contaner"');
  });

  it('have a description for each field', () => {
    const program = programOf({ 'all.mts': everything });
    const checker = program.getTypeChecker();
    const undocumented = new Set<string>();
    const walk = (type: ts.Type, path: string, above: readonly ts.Type[]): void => {
      if (above.includes(type)) return;
      const inside = [...above, type];
      if (type.isUnionOrIntersection()) for (const part of type.types) walk(part, path, inside);
      else if (checker.isArrayType(type) || checker.isTupleType(type))
        for (const item of checker.getTypeArguments(type as ts.TypeReference))
          walk(item, `${path}[]`, inside);
      else if (type.flags & ts.TypeFlags.Object && type.getCallSignatures().length === 0)
        for (const property of checker.getPropertiesOfType(type)) {
          const isOurs = property.declarations?.some((node) =>
            node.getSourceFile().fileName.startsWith(published),
          );
          if (!isOurs) continue;
          const place = `${path}.${property.name}`;
          if (property.getDocumentationComment(checker).length === 0) undocumented.add(place);
          walk(checker.getTypeOfSymbol(property), place, inside);
        }
    };
    const file = program.getSourceFile(DOORS['nixos-nspawn']);
    const door = file && checker.getSymbolAtLocation(file);
    expect(door, 'the library').not.to.equal(undefined);
    const exported = door === undefined ? [] : checker.getExportsOfModule(door);
    for (const name of exported) {
      const symbol = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
      const isType =
        symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class);
      // The type of an event explains it.
      if (isType && name.name !== 'PipelineEvent')
        walk(checker.getDeclaredTypeOfSymbol(symbol), name.name, []);
    }
    expect([...undocumented]).to.deep.equal([]);
    expect(exported.map(({ name }) => name)).to.include('StatusView');
  });
});

describe('the code for the library in the manual', function () {
  this.timeout(300_000);

  for (const page of ['docs/library.md', 'README.md'])
    it(`compiles: ${page}`, async () => {
      const text = await readFile(join(root, page), 'utf8');
      const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
      expect(blocks).not.to.be.empty;
      const files = Object.fromEntries(
        blocks.map((block, index) => [`${dirname(page)}/block-${index}.mts`, block]),
      );
      const options = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
      expect(complaints(programOf(files, options))).to.deep.equal([]);
    });

  it('compiles as JavaScript: docs/examples/library.mjs', async () => {
    const text = await readFile(join(root, 'docs/examples/library.mjs'), 'utf8');
    const options = {
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      allowJs: true,
      checkJs: true,
      noImplicitAny: false,
      noUncheckedIndexedAccess: false,
    };
    expect(complaints(programOf({ 'docs/examples/library.mjs': text }, options))).to.deep.equal([]);
  });
});
