import { check, warning } from '../../check.js';
import { distribution } from '../../facts/host.js';
import { SERVICES, units } from '../../facts/systemd.js';
import { inactiveService } from '../../inactive-service.js';

export const resolvedInactive = check({
  findings: {
    'resolved-inactive': warning(
      'It answers the DNS and LLMNR queries of containers. It also resolves names for programs on the host.',
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
