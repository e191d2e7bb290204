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
  const links = [
    ...(old.hasOwnNetwork ? [] : ['Private = "no";', 'VirtualEthernet = "no";']),
    ...list('Interface', old.interfaces),
    ...list('MACVLAN', old.macvlans),
  ];
  if (links.length > 0) lines.push('nspawnNetwork = {', ...links.map((line) => `  ${line}`), '};');
  return lines;
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
  option === 'hostNetworkConfig' ? '  networkConfig.DHCPServer = "no";' : '  networkConfig.DHCP = "no";',
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
