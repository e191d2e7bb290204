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

/** Where the result goes instead of descriptor 1, which is standard error then; see guarded-command.ts. */
let descriptor: number | null = null;
let isResult = false;

export const resultDescriptor = (): number | null => descriptor;

/** The variable that names it. */
export const RESULT_DESCRIPTOR = 'NIXOS_NSPAWN_RESULT_DESCRIPTOR';

/** To be called before anything is written; what this process starts is not to know the variable. */
export function takeResultDescriptor(): void {
  const { [RESULT_DESCRIPTOR]: named } = process.env;
  if (named === undefined) return;
  descriptor = Number(named);
  delete process.env[RESULT_DESCRIPTOR];
}

/** What is written to standard output while `tell` runs is the result; what is awaited belongs to it, too. */
export function asResult<T>(tell: () => T): T {
  isResult = true;
  const over = () => {
    isResult = false;
  };
  let told: T;
  try {
    told = tell();
  } catch (error) {
    over();
    throw error;
  }
  if (told instanceof Promise) return told.finally(over) as T;
  over();
  return told;
}

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
        if (name === 'stdout' && isResult && descriptor !== null) return writeWhole(descriptor, ...args);
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
