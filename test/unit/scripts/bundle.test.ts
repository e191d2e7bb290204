import { expect } from 'chai';
import { expectFound } from '../../../scripts/bundle/expected.mjs';
import { importByCall } from '../../../scripts/bundle/import-by-call.mjs';
import { loadOnUse } from '../../../scripts/bundle/load-on-use.mjs';

/** Runs a CommonJS module, and records which modules it loads. */
function run(text: string) {
  const loaded: string[] = [];
  const exports: Record<string, () => unknown> = {};
  const require = (name: string) => {
    loaded.push(name);
    return { default: `default of ${name}`, part: () => `part of ${name}`, __esModule: true };
  };
  const __importDefault = (module: unknown) => module;
  new Function('exports', 'require', '__importDefault', text)(exports, require, __importDefault);
  return { loaded, exports };
}

const MODULE = `"use strict";
const a_1 = require("a");
const b_1 = __importDefault(require("b"));
var c_1 = require("c");
exports.askA = () => (0, a_1.part)();
exports.askB = () => b_1.default;
exports.askC = () => c_1.part();
`;

describe('an import that loads on use', () => {
  it('loads a dependency once, when it is first used', () => {
    const { text, count } = loadOnUse(MODULE);
    expect(count).to.equal(3);
    const { loaded, exports } = run(text);
    expect(loaded).to.deep.equal([]);
    expect([exports.askA?.(), exports.askA?.()]).to.deep.equal(['part of a', 'part of a']);
    expect(loaded).to.deep.equal(['a']);
    expect([exports.askB?.(), exports.askC?.()]).to.deep.equal(['default of b', 'part of c']);
    expect(run(MODULE).loaded, 'without the change').to.deep.equal(['a', 'b', 'c']);
  });

  it('does not replace imports that are used as a whole or were written by hand', () => {
    for (const module of [
      'const a_1 = require("a");\nmodule.exports = a_1;\n',
      'const a_1 = require("a");\na_1();\nexports.part = a_1.part;\n',
      'const a_1 = require("a");\nexports.all = { ...a_1 };\n',
      "const hand = require('a');\nexports.part = hand.part;\n",
    ])
      expect(loadOnUse(module)).to.deep.equal({ text: module, count: 0 });
  });
});

describe('an import by a call', () => {
  it('replaces only imports whose module is not a constant', () => {
    const { text, count } = importByCall(
      "const a = await import(file);\nconst b = await import('b');\nawait import((0, url_1.href)(x));\n",
      'call',
    );
    expect(count).to.equal(2);
    expect(text).to.equal(
      "const a = await call(file);\nconst b = await import('b');\nawait call((0, url_1.href)(x));\n",
    );
  });
});

describe('the number of changes in a build', () => {
  it('must be the stated one', () => {
    expect(() => expectFound('imports', 2, 2)).not.to.throw();
    expect(() => expectFound('importers', ['a.js'], ['a.js'])).not.to.throw();
    for (const found of [0, 1, 3])
      expect(() => expectFound('imports', found, 2)).to.throw(`imports: expected 2, found ${found}.`);
    expect(() => expectFound('importers', [], ['a.js'])).to.throw('importers: expected ["a.js"], found [].');
  });
});
