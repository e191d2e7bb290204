import { check, warning } from '../../check.js';
import { containers } from '../../facts/containers.js';
import { hostProblem } from '../../finding.js';
import { fact } from '../../look.js';

/** The oldest systemd that is supported was released later, so a correct clock shows no earlier time. */
const SOFTWARE = new Date('2024-06-01T00:00:00Z');
/** How much another clock may be ahead, in milliseconds. */
const TOLERANCE = 10 * 60 * 1000;

const now = fact(() => new Date());

/** Whether the clock is behind the time at which something was created. */
export const clock = check({
  findings: {
    clock: warning('Certificates, generations and the journal depend on the correct time.'),
  },
  look: { now, containers },
  judge: ({ now, containers }) => {
    const newest = containers
      .flatMap(({ container, profile }) =>
        profile.generations.map(({ created, number }) => ({
          created,
          event: `generation ${number} of ${container.name} was created`,
        })),
      )
      .reduce((latest, made) => (made.created > latest.created ? made : latest), {
        created: SOFTWARE,
        event: 'the installed software was released',
      });
    if (newest.created.getTime() - now.getTime() <= TOLERANCE) return [];
    return [
      hostProblem('clock', `The clock shows ${now.toISOString()}, which is before ${newest.event}.`, {
        options: ['services.timesyncd.enable = true;'],
        commands: [['timedatectl', 'set-ntp', 'true']],
      }),
    ];
  },
});
