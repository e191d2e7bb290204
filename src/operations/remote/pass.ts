import { runThere } from '../../remote/session.js';
import { withConnection } from '../../remote/ssh.js';
import { parseTarget } from '../../remote/target.js';

export interface PassRequest {
  /** `[USER@]HOST`. */
  target: string;
  /** The command line of the tool there. */
  argv: readonly string[];
  /** Whether sudo runs it there. */
  sudo: boolean;
  /** Whether it gets a terminal there. */
  terminal: boolean;
  /** Whether ssh may ask for a password or about a host's key. */
  canAsk: boolean;
}

/**
 * Runs a command of the tool on another host, on this process's streams. Returns its exit code.
 *
 * @throws NspawnError `usage`, `remote-unreachable`, `remote-tool-missing`, `remote-sudo-refused`
 */
export async function passThrough({ target, argv, sudo, terminal, canAsk }: PassRequest): Promise<number> {
  return withConnection(parseTarget(target), { canAsk, asksFirst: !terminal }, (connection) =>
    runThere(connection, { argv, sudo, terminal }),
  );
}
