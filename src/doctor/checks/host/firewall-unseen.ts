import { check, note } from '../../check.js';
import { isRoot } from '../../facts/host.js';
import { packetFilter } from '../../facts/packet-filter.js';
import { hostProblem } from '../../finding.js';

export const firewallUnseen = check({
  findings: { 'firewall-unseen': note('The effects of a firewall on containers could not be checked.') },
  look: { isRoot, firewall: packetFilter },
  judge: ({ isRoot, firewall }) =>
    // Other users never see the packet filter. The check not-root reports that.
    !isRoot || firewall.chains !== null
      ? []
      : [
          hostProblem('firewall-unseen', 'The packet filter cannot be read, because nft is missing.', {
            options: ['environment.systemPackages = [ pkgs.nftables ];'],
            advice: 'Install nftables. Its service need not be enabled.',
          }),
        ],
});
