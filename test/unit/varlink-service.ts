import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface VarlinkCall {
  method: string;
  parameters: Record<string, unknown>;
  more?: boolean;
}

/** Handles a call: may send replies or invalid bytes, or close the connection without a reply. */
type Respond = (call: VarlinkCall, connection: Socket) => void;

/** A Varlink service on a real Unix socket, which keeps the calls that it received. */
export class VarlinkService {
  readonly calls: VarlinkCall[] = [];
  #connections = new Set<Socket>();

  private constructor(
    readonly socket: string,
    private readonly directory: string,
    private readonly server: Server,
  ) {}

  static async listen(respond: Respond): Promise<VarlinkService> {
    const directory = await mkdtemp(join(tmpdir(), 'nspawn-varlink-'));
    const socket = join(directory, 'socket');
    const server = createServer();
    const service = new VarlinkService(socket, directory, server);
    server.on('connection', (connection) => {
      service.#connections.add(connection);
      let text = '';
      connection
        .setEncoding('utf8')
        .on('error', () => undefined)
        .on('data', (part: string) => {
          text += part;
          if (!text.endsWith('\0')) return;
          const call = JSON.parse(text.slice(0, -1)) as VarlinkCall;
          text = '';
          service.calls.push(call);
          respond(call, connection);
        });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    return service;
  }

  async end(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    await rm(this.directory, { recursive: true });
  }
}

export const message = (reply: object) => `${JSON.stringify(reply)}\0`;
