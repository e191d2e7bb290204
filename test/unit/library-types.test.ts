import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the compiler says of a program that uses the library. */
function complaints(text: string): string[] {
  const file = `${root}program-under-test.ts`;
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, version) =>
    name === file ? ts.createSourceFile(name, text, version) : getSourceFile(name, version);
  const program = ts.createProgram([file], { ...options, noEmit: true }, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the types of the library', function () {
  this.timeout(300_000);

  const handler = (code: string) => `
    import { NspawnError } from './src/index.js';
    export function next(error: unknown): string {
      if (!(error instanceof NspawnError)) throw error;
      switch (error.code) {
        case '${code}':
          return error.nextSteps.join();
        default:
          throw error;
      }
    }`;

  it('know the codes of errors', () => {
    expect(complaints(handler('no-such-container'))).to.deep.equal([]);
    expect(complaints(handler('no-such-contaner')).join()).to.include('"no-such-contaner"');
  });
});
