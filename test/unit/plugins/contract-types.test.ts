import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The errors of the compiler for a module of a plugin with this text. */
function complaints(text: string): string[] {
  const file = `${root}plugin-under-test.ts`;
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, version) =>
    name === file ? ts.createSourceFile(name, text, version) : getSourceFile(name, version);
  const program = ts.createProgram([file], { ...options, noEmit: true }, host);
  const source = program.getSourceFile(file);
  return program
    .getSemanticDiagnostics(source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the types of the contract', function () {
  this.timeout(300_000);

  const listener = (event: string, body = '', type = event) => `
    import type { Listener } from 'nixos-nspawn/plugin';
    export default { event: '${event}', listen(context) { ${body} } } satisfies Listener<'${type}'>;`;

  it('accept a valid listener', () => {
    expect(complaints(listener('after-build', 'context.log.info(context.container);'))).to.deep.equal([]);
  });

  it('refuse a misspelt event', () => {
    expect(complaints(listener('after-biuld')).join()).to.include(`'"after-biuld"' does not satisfy`);
    expect(complaints(listener('after-biuld', '', 'after-build')).join()).to.include('"after-biuld"');
  });

  it('refuse a change of the context, and modules after the evaluation', () => {
    expect(complaints(listener('after-build', "context.container = 'other';")).join()).to.include(
      'read-only',
    );
    expect(complaints(listener('after-build', 'return { modules: [] };')).join()).not.to.equal('');
  });
});
