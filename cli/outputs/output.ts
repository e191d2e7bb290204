import { fstatSync, writeSync } from 'node:fs';

/*
 * Makes sure that standard output and standard error never stop a command. A reader may exit (`| head -1`), a terminal
 * may close, a disk may be full. None of these is a reason to leave a change half-done. Node.js emits such a failure as
 * an `error` event, which ends the process if there is no listener. For a file, it throws the error.
 */

type Name = 'stdout' | 'stderr';
type Write = NodeJS.WriteStream['write'];
type Output = NodeJS.WriteStream & { fd: number };

const failures = new Map<Name, NodeJS.ErrnoException>();

/** Where the result is written instead of descriptor 1, which then is standard error; see guarded-command.ts. */
let descriptor: number | null = null;
let isResult = false;

export const resultDescriptor = (): number | null => descriptor;

/** The environment variable that holds this descriptor. */
export const RESULT_DESCRIPTOR = 'NIXOS_NSPAWN_RESULT_DESCRIPTOR';

/** Must be called before anything is written. Deletes the variable, so that child processes do not inherit it. */
export function takeResultDescriptor(): void {
  const { [RESULT_DESCRIPTOR]: named } = process.env;
  if (named === undefined) return;
  descriptor = Number(named);
  delete process.env[RESULT_DESCRIPTOR];
}

/** Treats everything written to standard output while `tell` runs, including asynchronously, as the result. */
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

/** From now on, output that cannot be written is dropped. Both streams are still opened only when first used. */
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

/** Whether the stream accepts no more output, so that further writes are pointless. */
export const isLost = (name: Name): boolean => failures.has(name);

/** Why the result could not be written; null if it was written, or if only its reader has exited. */
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
  // Hide the event from other listeners: oclif's listener throws anything but EPIPE.
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

/** Files and devices other than terminals. Node.js writes to these with write(2) only. */
function isFile({ fd, isTTY }: Output): boolean {
  const stat = fstatSync(fd);
  return stat.isFile() || (stat.isCharacterDevice() && !isTTY);
}

/** Writes all bytes. Node.js itself ignores a partial write(2), which happens on a nearly full disk. */
function writeWhole(fd: number, ...args: Parameters<Write>): boolean {
  const [text, encoding] = args;
  const bytes =
    typeof text === 'string'
      ? Buffer.from(text, typeof encoding === 'string' ? encoding : 'utf8')
      : Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  return called(args);
}

/** Calls the callback of a finished write. */
function called(args: readonly unknown[]): true {
  const done = args.find((argument) => typeof argument === 'function');
  if (done !== undefined) process.nextTick(done);
  return true;
}

/** A closed terminal reports EIO (tty_hung_up in the kernel's tty_io.c). For a file, EIO means a faulty disk. */
function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET' || (code === 'EIO' && process.stdout.isTTY);
}
