import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';

/** That whoever asks can see everything. */
export function rightsFindings({ host: { isRoot } }: Facts): Finding[] {
  if (isRoot) return [];
  return [
    hostFinding('not-root', 'Not everything could be checked: that takes root.', {
      advice: "Run 'sudo nixos-nspawn doctor'.",
    }),
  ];
}
