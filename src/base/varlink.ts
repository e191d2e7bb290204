import { connect } from 'node:net';
import { interrupted } from '../errors/commands.js';

/** The answer of a Varlink service. */
export interface VarlinkAnswer {
  /** The parameters of each reply. A call without `more` has at most one. */
  replies: readonly unknown[];
  /** The name of the error that ended the call; null if it succeeded. */
  error: string | null;
}

export interface VarlinkOptions {
  signal?: AbortSignal | undefined;
  /** Accept several replies. */
  more?: boolean;
  /** Milliseconds to wait for more of the answer. The default is 10,000. */
  timeout?: number;
}

/** The byte after each message. */
const END = '\0';

/**
 * Calls a method of a Varlink service (https://varlink.org/Method-Call). Unlike a call by busctl(1), this starts no
 * process.
 *
 * @param socket path of the service's Unix socket
 * @returns null if there is no valid answer: no service listens on the socket, the connection breaks, the time limit
 *   expires, or the reply is not valid Varlink. The service may still have executed the method.
 * @throws NspawnError `interrupted`
 */
export async function callVarlink(
  socket: string,
  method: string,
  parameters: Readonly<Record<string, unknown>>,
  { signal, more = false, timeout = 10_000 }: VarlinkOptions = {},
): Promise<VarlinkAnswer | null> {
  if (signal?.aborted) throw interrupted(signal.reason);
  const answer = await new Promise<VarlinkAnswer | null>((resolve) => {
    const replies: unknown[] = [];
    let text = '';
    const connection = connect(socket);
    const end = (result: VarlinkAnswer | null) => {
      signal?.removeEventListener('abort', giveUp);
      connection.destroy();
      resolve(result);
    };
    const giveUp = () => end(null);
    signal?.addEventListener('abort', giveUp, { once: true });
    connection
      .setEncoding('utf8')
      .setTimeout(timeout, giveUp)
      .on('error', giveUp)
      .on('close', giveUp)
      .on('data', (part: string) => {
        const messages = `${text}${part}`.split(END);
        text = messages.pop() ?? '';
        for (const message of messages) {
          const reply = parseReply(message);
          if (reply === null) return giveUp();
          if (reply.error !== null) return end({ replies, error: reply.error });
          replies.push(reply.parameters);
          if (!reply.continues) return end({ replies, error: null });
        }
      });
    connection.write(`${JSON.stringify({ method, parameters, ...(more ? { more } : {}) })}${END}`);
  });
  if (signal?.aborted) throw interrupted(signal.reason);
  return answer;
}

interface Reply {
  parameters: unknown;
  continues: boolean;
  error: string | null;
}

/** Null if the message is not a reply. The caller checks the parameters. */
function parseReply(message: string): Reply | null {
  try {
    const reply: unknown = JSON.parse(message);
    if (typeof reply !== 'object' || reply === null) return null;
    const { parameters = {}, continues = false, error = null } = reply as Partial<Record<string, unknown>>;
    if (error !== null && typeof error !== 'string') return null;
    return { parameters, continues: continues === true, error };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
