import { check, warning } from '../../check.js';
import { distribution } from '../../facts/host.js';
import { SERVICES, units } from '../../facts/systemd.js';
import { inactiveService } from '../../inactive-service.js';

export const resolvedInactive = check({
  findings: {
    'resolved-inactive': warning(
      'It answers the DNS and LLMNR queries of containers, and resolves names for the host with DNS and LLMNR over its links.',
    ),
  },
  look: { units, distribution },
  judge: (facts) =>
    inactiveService({
      id: 'resolved-inactive',
      unit: SERVICES.resolved,
      option: 'services.resolved.enable = true;',
      ...facts,
    }),
});
