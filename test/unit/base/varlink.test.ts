import type { Socket } from 'node:net';
import { expect } from 'chai';
import { callVarlink } from '../../../src/base/varlink.js';
import { message, type VarlinkCall, VarlinkService } from '../varlink-service.js';

describe('a call of a Varlink service', () => {
  let service: VarlinkService | undefined;

  const listening = async (respond: (call: VarlinkCall, connection: Socket) => void) => {
    service = await VarlinkService.listen(respond);
    return service;
  };

  afterEach(async () => {
    await service?.end();
    service = undefined;
  });

  it('sends the method and its parameters, and returns the reply', async () => {
    const { socket, calls } = await listening((_, connection) =>
      connection.write(message({ parameters: { version: '257' } })),
    );
    expect(await callVarlink(socket, 'org.example.Get', { name: 'web' })).to.deep.equal({
      replies: [{ version: '257' }],
      error: null,
    });
    expect(calls).to.deep.equal([{ method: 'org.example.Get', parameters: { name: 'web' } }]);
  });

  it('returns all replies of a call that accepts several, however they are divided into parts', async () => {
    const { socket, calls } = await listening((_, connection) => {
      const text = [
        message({ parameters: { name: 'ä' }, continues: true }),
        message({ parameters: { name: 'b' }, continues: true }),
        message({ parameters: { name: 'c' } }),
      ].join('');
      const bytes = Buffer.from(text);
      // The first part ends in the middle of a character.
      const middle = bytes.indexOf(0xc3) + 1;
      connection.write(bytes.subarray(0, middle));
      setImmediate(() => connection.write(bytes.subarray(middle)));
    });
    const answer = await callVarlink(socket, 'org.example.List', {}, { more: true });
    expect(answer?.replies).to.deep.equal([{ name: 'ä' }, { name: 'b' }, { name: 'c' }]);
    expect(calls).to.deep.equal([{ method: 'org.example.List', parameters: {}, more: true }]);
  });

  it('returns the name of an error, with the replies before it', async () => {
    const { socket } = await listening((_, connection) =>
      connection.write(
        message({ parameters: { name: 'a' }, continues: true }) + message({ error: 'org.example.Gone' }),
      ),
    );
    expect(await callVarlink(socket, 'org.example.List', {}, { more: true })).to.deep.equal({
      replies: [{ name: 'a' }],
      error: 'org.example.Gone',
    });
  });

  it('has no answer if nothing listens', async () => {
    expect(await callVarlink('/no/such/socket', 'org.example.Get', {})).to.equal(null);
  });

  it('has no answer if the service closes the connection first', async () => {
    const { socket } = await listening((_, connection) =>
      connection.end(message({ parameters: { name: 'a' }, continues: true })),
    );
    expect(await callVarlink(socket, 'org.example.List', {}, { more: true })).to.equal(null);
  });

  for (const text of ['no JSON\0', '"a text"\0', 'null\0', '{"error":5}\0'])
    it(`has no answer if the reply is ${JSON.stringify(text)}`, async () => {
      const { socket } = await listening((_, connection) => connection.write(text));
      expect(await callVarlink(socket, 'org.example.Get', {})).to.equal(null);
    });

  it('has no answer if the time is over', async () => {
    const { socket } = await listening(() => undefined);
    expect(await callVarlink(socket, 'org.example.Get', {}, { timeout: 10 })).to.equal(null);
  });

  it('is interrupted by a signal', async () => {
    const abort = new AbortController();
    const { socket } = await listening(() => abort.abort());
    const failure = await callVarlink(socket, 'org.example.Get', {}, { signal: abort.signal }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.have.property('code', 'interrupted');
  });
});
