import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { nixReason } from '../../../src/nix/reason.js';

describe('the reason of a failure of Nix', () => {
  it('is the error at the end of a trace, without the position', () => {
    const text = `error:
       … from call site
         at /nix/store/vs5d1ffnmw4vqlax0fkqjvc5mvvhn4vb-source/flake.nix:102:23:
           101|               inherit name;
              |                       ^

       (stack trace truncated; use '--show-trace' to show the full, detailed trace)

       error: undefined variable 'pkg'
       at /srv/web.nix:3:5:
            2|
            3|     pkg.curl
             |     ^`;
    expect(nixReason(text)).to.equal("undefined variable 'pkg'");
  });

  it('can span several lines', () => {
    const text = `error:
       … while evaluating the attribute 'config.system.build.toplevel'

       error:
       Failed assertions:
       - Container \`web': the option 'bridge' and the option 'zone'
         exclude each other.`;
    expect(nixReason(text)).to.equal(
      "Failed assertions: - Container `web': the option 'bridge' and the option 'zone' exclude each other",
    );
  });

  it('is the build that failed, and not one that depends on it', () => {
    const text = `error: builder for '/nix/store/aaa-page.drv' failed with exit code 1;
       last 10 log lines:
       > no such file
       For full logs, run 'nix log /nix/store/aaa-page.drv'.
error: 1 dependencies of derivation '/nix/store/bbb-web.drv' failed to build
Last lines of the build:
error: of a compiler`;
    expect(nixReason(text)).to.equal("builder for '/nix/store/aaa-page.drv' failed with exit code 1");
  });

  it('is the failed build with a newer Nix, too', () => {
    const text = `error: Cannot build '/nix/store/aaa-page.drv'.
       Reason: builder failed with exit code 1.
       Output paths:
         /nix/store/ccc-page
error: Cannot build '/nix/store/bbb-web.drv'.
       Reason: 1 dependency failed.`;
    expect(nixReason(text)).to.equal(
      "Cannot build '/nix/store/aaa-page.drv'. Reason: builder failed with exit code 1",
    );
  });

  it('is truncated if it is long, and null if Nix gives none', () => {
    expect(nixReason(`error: ${'x'.repeat(1000)}`)).to.have.length(300);
    expect(nixReason('')).to.equal(null);
    expect(nixReason('Killed')).to.equal(null);
  });

  for (const version of ['2.26.3', '2.34.8'])
    describe(`in the output of Nix ${version}`, () => {
      // Each failure begins with a line `### WHAT FAILED: REASON`.
      const text = readFileSync(new URL(`failures-${version}.txt`, import.meta.url), 'utf8');
      for (const failure of text.split(/^### /m).slice(1)) {
        const [, title = '', reason, output = ''] = /^([^:]+): ([^\n]+)\n(.*)$/s.exec(failure) ?? [];
        it(`is found for ${title}`, () => {
          expect(output).to.match(/^error:/m);
          expect(nixReason(output)).to.equal(reason);
        });
      }
    });
});
