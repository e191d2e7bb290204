import { type OldContainer, peerSections, withoutLength } from './old-container.js';

/** The options of nixos-nspawn that mean the same as an old container's settings, as lines of Nix. */
function optionsOf(old: OldContainer): string[] {
  const lines: string[] = [];
  if (!old.autoStart) lines.push('activation.autoStart = false;');
  if (old.binds.length > 0)
    lines.push(
      'bindMounts = [',
      ...old.binds.map(
        ({ hostPath, containerPath, readOnly }) =>
          `  { hostPath = ${nixString(hostPath)}; containerPath = ${nixString(containerPath)}; readOnly = ${readOnly}; }`,
      ),
      '];',
    );
  if (old.ports.length > 0)
    lines.push(
      'forwardPorts = [',
      ...old.ports.map(
        ({ protocol, hostPort, containerPort }) =>
          `  { protocol = "${protocol}"; hostPort = ${hostPort}; containerPort = ${containerPort}; }`,
      ),
      '];',
    );
  if (old.bridge !== null) lines.push(`bridge = ${nixString(old.bridge)};`);
  if (old.addresses.length > 0) {
    if (old.bridge === null)
      lines.push(
        ...network(
          'hostNetworkConfig',
          old.addresses.map(({ host, local }) => peerSections(host, local)),
        ),
      );
    lines.push(
      ...network(
        'containerNetworkConfig',
        old.addresses.map(({ host, local }) => `${peerSections(local, host)}${gateway(host)}`),
      ),
    );
  }
  if (old.privateUsers !== null)
    lines.push(
      `privateUsers = ${typeof old.privateUsers === 'number' ? old.privateUsers : nixString(old.privateUsers)};`,
    );
  const links = [
    ...(old.hasOwnNetwork ? [] : ['Private = "no";']),
    ...(hasLink(old) ? [] : ['VirtualEthernet = "no";']),
    ...list('Interface', old.interfaces),
    ...list('MACVLAN', old.macvlans),
  ];
  if (links.length > 0) lines.push('nspawnNetwork = {', ...links.map((line) => `  ${line}`), '};');
  return lines;
}

/** Whether the container has a link to the host, or to a bridge of the host. */
const hasLink = ({ addresses, bridge }: OldContainer) => addresses.length > 0 || bridge !== null;

/**
 * A configuration that imports the container's own one, and adds its settings on the host.
 *
 * @param imported the path that is imported, as Nix
 * @param text the container's own configuration, in which some settings are looked for
 */
export function configurationOf(
  old: OldContainer,
  { settings, imported, text }: { settings: string; imported: string; text: string },
): string {
  const options = [
    ...optionsOf(old),
    // Whatever the host's defaults are: the files belong to these users.
    ...(old.privateUsers === null ? ['privateUsers = "no";'] : []),
    ...(/resolved|resolvconf|nameservers/.test(text)
      ? []
      : ['# The DNS servers of the host, as before.', 'resolvConf = "replace-host";']),
  ];
  const network = [
    ...(old.hasOwnNetwork
      ? []
      : [
          '# The network is that of the host.',
          'systemd.network.enable = lib.mkForce false;',
          'networking.firewall.enable = lib.mkForce false;',
        ]),
    ...(old.hasOwnNetwork && !hasLink(old) ? ['systemd.network.wait-online.enable = false;'] : []),
  ];
  const users = /mutableUsers\s*=\s*false/.test(text)
    ? []
    : [
        '# Keep the users and passwords that were set in the container.',
        'users.mutableUsers = lib.mkForce true;',
      ];
  return `# From ${settings}, by 'nixos-nspawn migrate'. Change it as you like.
{ lib, ... }:
{
  imports = [ ${imported} ];

  nixosContainer = {
${indented(options, '    ')}
  };
${[network, users].map((lines) => (lines.length === 0 ? '' : `\n${indented(lines, '  ')}\n`)).join('')}}
`;
}

/** A container of the host's NixOS configuration. */
export function declarationOf(old: OldContainer, configuration: string | null): string {
  const config =
    configuration === null
      ? [`config = { /* the value of containers.${old.name}.config */ };`]
      : [`config.imports = [ ${configuration} ];`];
  return `nixos.containers.${/^[A-Za-z_][\w'-]*$/.test(old.name) ? old.name : nixString(old.name)} = {
${indented([...config, ...optionsOf(old)], '  ')}
};
`;
}

/** The container's default route, as the module `containers` sets it. */
const gateway = (host: string | null) =>
  host === null ? '' : `\n[Route]\nGateway=${withoutLength(host)}\nGatewayOnLink=yes\n`;

/** The empty address removes the default one. */
const network = (option: string, sections: readonly string[]) => [
  `${option} = {`,
  '  address = [ "" ];',
  // The module has no server of addresses, and translates none.
  option === 'hostNetworkConfig'
    ? '  networkConfig = { DHCPServer = "no"; IPMasquerade = "no"; IPv6SendRA = "no"; };'
    : '  networkConfig.DHCP = "no";',
  "  extraConfig = ''",
  ...sections
    .join('\n')
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`)),
  "  '';",
  '};',
];

const list = (key: string, values: readonly string[]) =>
  values.length === 0 ? [] : [`${key} = [ ${values.map(nixString).join(' ')} ];`];

const indented = (lines: readonly string[], indent: string) =>
  lines.map((line) => (line === '' ? '' : `${indent}${line}`)).join('\n');

/** A string of Nix. */
export const nixString = (text: string) =>
  `"${text.replace(/["\\]|\$(?=\{)/g, '\\$&').replaceAll('\n', '\\n')}"`;
