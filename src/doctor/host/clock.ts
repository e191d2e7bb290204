import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';

/** Older than the oldest systemd that will do, so no clock that is right says this. */
const SOFTWARE = new Date('2024-06-01T00:00:00Z');
/** How far ahead of the clock something may be that another clock wrote. */
const TOLERANCE = 10 * 60 * 1000;

/** That the clock is not behind what was made by it. */
export function clockFindings({ host: { now }, containers }: Facts): Finding[] {
  const newest = containers
    .flatMap(({ found, profile }) =>
      profile.generations.map(({ created, number }) => ({
        created,
        text: `generation ${number} of ${found.name}`,
      })),
    )
    .reduce((latest, made) => (made.created > latest.created ? made : latest), {
      created: SOFTWARE,
      text: 'the software that runs here',
    });
  if (newest.created.getTime() - now.getTime() <= TOLERANCE) return [];
  return [
    hostFinding('clock', `The clock says ${now.toISOString()}, which is before ${newest.text} was made.`, {
      options: ['services.timesyncd.enable = true;'],
      commands: [['timedatectl', 'set-ntp', 'true']],
    }),
  ];
}
