import { check, error } from '../../check.js';
import { distribution } from '../../facts/host.js';
import { SERVICES, units } from '../../facts/systemd.js';
import { inactiveService } from '../../inactive-service.js';

export const networkdInactive = check({
  findings: {
    'networkd-inactive': error("Without it, neither end of a container's network link gets an address."),
  },
  look: { units, distribution },
  judge: (facts) =>
    inactiveService({
      id: 'networkd-inactive',
      unit: SERVICES.networkd,
      option: 'networking.useNetworkd = true;',
      ...facts,
    }),
});
