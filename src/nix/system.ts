import { arch } from 'node:process';
import { invalidSystem } from '../errors/usage.js';

/** Nix's names for the processors that Node.js runs on. */
const PROCESSORS: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i686',
  arm: 'armv7l',
  riscv64: 'riscv64',
  ppc64: 'powerpc64le',
  loong64: 'loongarch64',
  s390x: 's390x',
};

/** This machine's Nix system. Same value as `builtins.currentSystem`, but without running Nix. */
function machineSystem(): string {
  return `${PROCESSORS[arch] ?? arch}-linux`;
}

/** The requested Nix system, or this machine's by default; @throws NspawnError `usage` */
export function nixSystem(asked: string | undefined): string {
  const system = asked ?? machineSystem();
  if (!/^[a-z0-9_]+-[a-z0-9]+$/.test(system)) throw invalidSystem(system);
  return system;
}
