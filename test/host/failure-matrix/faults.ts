import { type Host, REPOSITORY } from '../host.js';
import type { SmallDisks } from './small-disks.js';
import type { StepId } from './step-titles.js';

/** The directory of faults in the host, and the file that shows that one has happened. */
const PLACE = '/run/faults';
const HAPPENED = `${PLACE}/happened`;
const AFRESH = `rm -rf ${PLACE}; mkdir -p ${PLACE}/bin`;
/** Runs a command and then prints whether the fault has happened. */
const AND_TELL = `"$@"; code=$?; ls ${HAPPENED} 2>/dev/null; exit $code`;

/** The first call of a program that has this word as an argument. */
export interface Call {
  program: string;
  word: string;
}

/** The beginning or the end of a step. */
export interface Moment {
  step: StepId;
  type: 'step-started' | 'step-done';
}

/** What fails, and when. */
export type Fault =
  /** A call fails once. */
  | { kind: 'call-fails'; call: Call }
  /** The tool is killed after a call has done its work, but before it gets the result. */
  | { kind: 'killed-after-call'; call: Call }
  | { kind: 'signal'; at: Moment; signal: 'SIGINT' | 'SIGKILL' }
  /** The file system at this path is filled to the last byte and inode at this moment. */
  | { kind: 'disk-full'; at: Moment; path: string }
  /** machined refuses these calls of its bus interface while the tool runs. */
  | { kind: 'machined-refuses'; members: readonly string[] }
  /** The configuration itself is the fault. */
  | { kind: 'none' };

export interface Trial {
  /** Null if the tool was killed. */
  exitCode: number | null;
  stderr: string;
}

/** Runs the tool in a host with a fault at exactly one point. */
export class Faults {
  constructor(
    private readonly host: Host,
    private readonly disks: SmallDisks,
  ) {}

  /** Fails if the fault did not happen, because the trial would prove nothing, unless `mayMiss` is set. */
  async run(args: readonly string[], fault: Fault, { mayMiss = false } = {}): Promise<Trial> {
    await this.#prepare(fault);
    const { code, stdout, stderr } = await this.host.run(
      ['sh', '-c', AND_TELL, 'run', 'nixos-nspawn', ...args],
      { env: this.#environment(fault), check: false },
    );
    await this.#clear(fault);
    if (fault.kind === 'none' || fault.kind === 'machined-refuses') return { exitCode: code, stderr };
    const happened = stdout.endsWith(`${HAPPENED}\n`);
    if (!happened && !mayMiss)
      throw new Error(`the fault ${JSON.stringify(fault)} did not happen\n${stderr}`);
    const isDeadly =
      fault.kind === 'killed-after-call' || (fault.kind === 'signal' && fault.signal === 'SIGKILL');
    const killed = happened && isDeadly;
    if (killed && code === 0) throw new Error(`it went on after its own death\n${stderr}`);
    return { exitCode: killed ? null : code, stderr };
  }

  async #prepare(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'none':
        return;
      case 'call-fails':
        return this.#replace(fault.call, "echo 'this fails on purpose' >&2; exit 1");
      case 'killed-after-call':
        // systemd continues a job that was started, so the call need not wait for its end.
        return this.#replace(fault.call, `"$real" ${nonBlocking(fault.call)} "$@"; kill -KILL $PPID; exit 1`);
      case 'machined-refuses':
        return this.#refuse(fault.members);
      case 'signal':
      case 'disk-full':
        await this.host.run(['sh', '-c', AFRESH]);
    }
  }

  #environment(fault: Fault): Record<string, string> {
    if (fault.kind === 'call-fails' || fault.kind === 'killed-after-call')
      return { PATH: `${PLACE}/bin:/usr/local/bin:/usr/sbin:/usr/bin` };
    if (fault.kind !== 'signal' && fault.kind !== 'disk-full') return {};
    const { at } = fault;
    const what =
      fault.kind === 'signal' ? { signal: fault.signal } : { run: this.disks.fillingArgv(fault.path) };
    return {
      NODE_OPTIONS: `--import=${REPOSITORY}/test/host/failure-matrix/fault.mjs`,
      NIXOS_NSPAWN_TEST_FAULT: JSON.stringify({ at, happened: HAPPENED, ...what }),
    };
  }

  async #clear(fault: Fault): Promise<void> {
    if (fault.kind === 'disk-full') await this.disks.free(fault.path);
    if (fault.kind !== 'machined-refuses') return;
    await this.host.run(['rm', REFUSAL]);
    await this.host.run([
      'sh',
      '-c',
      `if [ -e ${VARLINK}.hidden ]; then mv ${VARLINK}.hidden ${VARLINK}; fi`,
    ]);
    await this.host.run([...RELOAD_BUS]);
  }

  /** Replaces a program. At the call in question, the replacement deletes itself. */
  async #replace({ program, word }: Call, act: string): Promise<void> {
    const place = `${PLACE}/bin/${program}`;
    const script = `#!/bin/sh
real=/usr/bin/${program}
case " $* " in
  *" ${word} "*)
    rm -- ${place}
    : >${HAPPENED}
    ${act}
    ;;
esac
exec "$real" "$@"
`;
    await this.host.run(['sh', '-c', `${AFRESH}; cat >${place}; chmod 755 ${place}`], { input: script });
  }

  async #refuse(members: readonly string[]): Promise<void> {
    const denials = members.map(
      (member) =>
        `<deny send_destination="org.freedesktop.machine1" send_interface="org.freedesktop.machine1.Manager" send_member="${member}"/>`,
    );
    await this.host.writeFile(
      REFUSAL,
      `<busconfig><policy context="mandatory">${denials.join('')}</policy></busconfig>\n`,
    );
    await this.host.run([...RELOAD_BUS]);
    await this.host.run(['sh', '-c', `if [ -e ${VARLINK} ]; then mv ${VARLINK} ${VARLINK}.hidden; fi`]);
  }
}

/** Since version 260, systemd-nspawn uses this socket, and the bus only if the socket does not exist. */
const VARLINK = '/run/systemd/machine/io.systemd.Machine';

const REFUSAL = '/etc/dbus-1/system.d/zz-machined-refuses.conf';
const RELOAD_BUS = [
  'busctl',
  'call',
  'org.freedesktop.DBus',
  '/org/freedesktop/DBus',
  'org.freedesktop.DBus',
  'ReloadConfig',
] as const;

const nonBlocking = ({ program, word }: Call) =>
  program === 'systemctl' && ['start', 'restart'].includes(word) ? '--no-block' : '';
