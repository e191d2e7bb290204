import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Argv, Host, type Outcome, type RunOptions, runScript } from '../host/host.js';

const scripts = join(dirname(fileURLToPath(import.meta.url)), 'machine');
const script = (name: string) => join(scripts, name);

export type FileSystem = 'ext4' | 'btrfs' | 'xfs';

export interface MachineOptions {
  /** The file system of the root; default ext4. */
  fileSystem?: FileSystem;
}

/** A throw-away machine with its own kernel. Its commands are those of a test host, but take ten times as long. */
export class VirtualMachine extends Host {
  static override async unavailable(): Promise<string | null> {
    if (process.arch !== 'x64') return `this is ${process.arch}, and the virtual machine an x64`;
    return await Host.unavailable();
  }

  static async start(name: string, options: MachineOptions = {}): Promise<VirtualMachine> {
    const { fileSystem } = options;
    await runScript(
      script('boot.sh'),
      ...(fileSystem === undefined ? [] : ['--file-system', fileSystem]),
      ...['--owner', String(process.pid), name],
    );
    return new VirtualMachine(name, scripts);
  }

  /** Runs a command. It gets more time than in a test host. */
  override async run(argv: Argv, options: RunOptions = {}): Promise<Outcome> {
    return await super.run(argv, { timeout: 900_000, ...options });
  }

  /** The image that a new machine with this root begins with. */
  static async baseImage(fileSystem: FileSystem): Promise<string> {
    const images = await runScript(script('build.sh'), '--file-system', fileSystem);
    return join(images.trim(), `${fileSystem}.img`);
  }
}
