import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The first line of host files that presets bring. */
export const MARK =
  '# Made by a preset of nixos-nspawn, and taken away with the last container that uses it.';

/** The host's side of a network that containers share, as systemd's own 80-container-vz.network has it. */
export function sharedNetwork(match: readonly string[], address: string): string {
  return [
    MARK,
    '[Match]',
    ...match,
    '',
    '[Network]',
    `Address=${address}`,
    'ConfigureWithoutCarrier=yes',
    'DHCPServer=yes',
    'EmitLLDP=customer-bridge',
    'IPMasquerade=both',
    'IPv6AcceptRA=no',
    'IPv6SendRA=yes',
    'LLDP=yes',
    'LinkLocalAddressing=ipv6',
    '',
    '[Link]',
    'RequiredForOnline=no',
    '',
  ].join('\n');
}

/** Whose a file of the host is: nobody's, a preset's, or the host's own. */
export async function ownerOf(root: string, path: string): Promise<'nobody' | 'preset' | 'host'> {
  try {
    return (await readFile(join(root, path), 'utf8')).startsWith(MARK) ? 'preset' : 'host';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nobody';
    throw error;
  }
}
