import { expect } from 'chai';
import { run } from '../../../src/base/process.js';
import { packExample, publishedExample } from '../../host/example-plugin.js';

describe('the example plugin in the package of the tool', function () {
  this.timeout(120_000);

  it('is complete, and contains no build results', async () => {
    const { stdout } = await run(['git', 'ls-files', '--', 'examples/inventory']);
    const tracked = stdout.trimEnd().split('\n');
    expect((await publishedExample()).map((file) => `examples/inventory/${file}`)).to.have.members(tracked);
  });

  it('can be built and packed', async () => {
    const packed = await packExample();
    const { stdout } = await run(['sh', '-c', 'base64 -d | tar -tz'], { input: packed.toString('base64') });
    expect(stdout.trimEnd().split('\n')).to.include.members([
      'package/dist/src/listeners.js',
      'package/dist/src/presets.js',
      'package/nix/owner.nix',
      'package/oclif.manifest.json',
    ]);
  });
});
