import { arch } from 'node:process';

/** Nix's names for the processors that Node runs on. */
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

/** This machine's Nix system, as `builtins.currentSystem` would say, without asking Nix. */
export function machineSystem(): string {
  return `${PROCESSORS[arch] ?? arch}-linux`;
}
