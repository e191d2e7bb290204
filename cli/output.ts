import { fstatSync, writeSync } from 'node:fs';

/*
 * Standard output and standard error that never stop a command. A reader may go away (`| head -1`), a terminal may close, a
 * disk may fill up: none of these is a reason to leave a change half-done. Node.js emits such a failure as an `error` event,
 * which ends the process where nobody listens, and throws it where the stream is a file.
 */

type Name = 'stdout' | 'stderr';
type Write = NodeJS.WriteStream['write'];
type Output = NodeJS.WriteStream & { fd: number };

const failures = new Map<Name, NodeJS.ErrnoException>();

/** From now on, what cannot be written is dropped. Both streams are still opened at their first use only. */
export function shieldOutputs(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const original = Object.getOwnPropertyDescriptor(process, name);
    let shielded: Output | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        shielded ??= shield(name, original?.get?.call(process) ?? original?.value);
        return shielded;
      },
    });
  }
}

/** Whether the stream takes no more, so that there is no use in writing on. */
export const isLost = (name: Name): boolean => failures.has(name);

/** Why the result could not be written; null where it was, or where only its reader went away. */
export function resultLost(): NodeJS.ErrnoException | null {
  const failure = failures.get('stdout');
  return failure === undefined || isReaderGone(failure) ? null : failure;
}

function shield(name: Name, stream: Output): Output {
  const emit = stream.emit.bind(stream);
  const write = isFile(stream) ? (writeWhole.bind(null, stream.fd) as Write) : stream.write.bind(stream);
  const note = (error: unknown) => {
    if (!failures.has(name)) failures.set(name, error as NodeJS.ErrnoException);
  };
  // Other listeners do not hear of it: oclif's throws whatever is not EPIPE.
  stream.emit = (event: string | symbol, ...args: unknown[]) => {
    if (event !== 'error') return emit(event, ...args);
    note(args[0]);
    return true;
  };
  stream.write = ((...args: Parameters<Write>) => {
    if (!failures.has(name)) {
      try {
        return write(...args);
      } catch (error) {
        note(error);
      }
    }
    return called(args);
  }) as Write;
  return stream;
}

/** Files and devices, but no terminals: those that Node.js writes to by write(2) alone. */
function isFile({ fd, isTTY }: Output): boolean {
  const stat = fstatSync(fd);
  return stat.isFile() || (stat.isCharacterDevice() && !isTTY);
}

/** Node.js itself takes no notice of what write(2) leaves over, as it does on a disk that is nearly full. */
function writeWhole(fd: number, ...args: Parameters<Write>): boolean {
  const [text, encoding] = args;
  const bytes =
    typeof text === 'string'
      ? Buffer.from(text, typeof encoding === 'string' ? encoding : 'utf8')
      : Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  return called(args);
}

/** Calls the callback of a write, which is over. */
function called(args: readonly unknown[]): true {
  const done = args.find((argument) => typeof argument === 'function');
  if (done !== undefined) process.nextTick(done);
  return true;
}

/** A terminal that was closed says EIO (tty_hung_up in the kernel's tty_io.c); a file says so of a faulty disk. */
function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET' || (code === 'EIO' && process.stdout.isTTY);
}
