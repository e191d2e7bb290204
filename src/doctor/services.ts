/** Services of the host that matter to containers. */
export const SERVICES = {
  networkd: 'systemd-networkd.service',
  resolved: 'systemd-resolved.service',
  machined: 'systemd-machined.service',
  ufw: 'ufw.service',
  firewalld: 'firewalld.service',
} as const;
