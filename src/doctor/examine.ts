import type { Layout } from '../host/layout.js';
import { checks } from './checks.js';
import { isNixOS } from './facts/host.js';
import { type Finding, severities } from './finding.js';
import { Look } from './look.js';

export interface Examination {
  /** The most serious ones first, otherwise in the order of the checks. */
  findings: Finding[];
  isNixOS: boolean;
}

/** Runs every check on the host and its containers. */
export async function examineHost(layout: Layout, signal: AbortSignal): Promise<Examination> {
  const look = new Look(layout, signal);
  const found = (await Promise.all(checks.map((check) => check.examine(look)))).flat();
  const rank = ({ severity }: Finding) => severities.indexOf(severity);
  return { findings: found.sort((a, b) => rank(a) - rank(b)), isNixOS: await look.at(isNixOS) };
}
