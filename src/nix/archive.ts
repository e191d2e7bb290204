import { createHash } from 'node:crypto';
import type { Tree } from '../container/tree.js';

/*
 * Nix's formats for a file tree on its way to the store: https://nix.dev/manual/nix/latest/protocols/nix-archive and
 * https://nix.dev/manual/nix/latest/protocols/store-path.
 */

/** A tree in Nix's archive format. */
export function archive(tree: Tree): Buffer {
  return Buffer.concat([text('nix-archive-1'), ...node(tree)]);
}

function node(tree: Tree): Buffer[] {
  return [text('('), text('type'), ...content(tree), text(')')];
}

function content(tree: Tree): Buffer[] {
  switch (tree.kind) {
    case 'file':
      return [text('regular'), text('contents'), text(tree.content)];
    case 'link':
      return [text('symlink'), text('target'), text(tree.target)];
    case 'directory':
      return [
        text('directory'),
        ...Object.entries(tree.entries)
          .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
          .flatMap(([name, entry]) => [
            text('entry'),
            text('('),
            text('name'),
            text(name),
            text('node'),
            ...node(entry),
            text(')'),
          ]),
      ];
  }
}

/** A string with its length before it, padded to a multiple of eight bytes. */
function text(string: string): Buffer {
  const bytes = Buffer.from(string);
  return Buffer.concat([number(bytes.length), bytes, Buffer.alloc(-bytes.length & 7)]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** One store path as `nix-store --import` reads it. */
export function exported(path: string, packed: Buffer, references: readonly string[]): Buffer {
  return Buffer.concat([
    number(1),
    packed,
    // "NIXE"
    number(0x4558494e),
    text(path),
    number(references.length),
    ...references.map(text),
    // No deriver and no signature.
    text(''),
    number(0),
  ]);
}

/** The store path of a tree, which is determined by its content, its references and its name. */
export function storePathOf(packed: Buffer, references: readonly string[], name: string): string {
  const type = ['source', ...[...references].sort()].join(':');
  const digest = sha256(`${type}:sha256:${sha256(packed).toString('hex')}:/nix/store:${name}`);
  return `/nix/store/${base32(folded(digest))}-${name}`;
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

/** Nix shortens a hash to 20 bytes by combining the bytes beyond with those before. */
function folded(digest: Buffer): Buffer {
  const short = Buffer.alloc(20);
  for (const [index, byte] of digest.entries()) short[index % 20] = (short[index % 20] ?? 0) ^ byte;
  return short;
}

const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz';

/** Nix's base 32: the last digit first, without e, o, t and u. */
function base32(bytes: Buffer): string {
  let value = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  let digits = '';
  for (let count = (bytes.length * 8) / 5; count > 0; count -= 1) {
    digits = (ALPHABET[Number(value & 31n)] ?? '') + digits;
    value >>= 5n;
  }
  return digits;
}
