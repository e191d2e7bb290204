import { cycleThrough, ordersOf } from '../../../container/order.js';
import type { Settings } from '../../../container/settings.js';
import { check, error, warning } from '../../check.js';
import { containers } from '../../facts/containers.js';
import { inventory } from '../../facts/inventory.js';
import { containerProblem, type Problem } from '../../finding.js';

/** Whether each container can start after those that it names. */
export const order = check({
  findings: {
    'requirement-missing': error('systemd does not start a container if one that it requires is missing.'),
    'wanted-missing': warning(
      'systemd tries to start it whenever the container starts, and reports a failed unit.',
    ),
    'order-cycle': error('systemd starts the others without one of them, or none of them.'),
  },
  look: { containers, inventory },
  judge: ({ containers, inventory }) => {
    const orders = ordersOf([...inventory, ...containers.map(({ container }) => container)]);
    const missingIn = (entries: Settings['after']) => [
      ...new Set(
        entries.flatMap(({ container }) => (container === null || orders.has(container) ? [] : [container])),
      ),
    ];
    return containers.flatMap(
      ({
        container: { name, settings, isDeclarative },
      }): Problem<'requirement-missing' | 'wanted-missing' | 'order-cycle'>[] => {
        if (settings === null) return [];
        const change = isDeclarative
          ? `change nixos.containers.${name} in the host's configuration`
          : `change its configuration and run 'nixos-nspawn update ${name}'`;
        const cycle = cycleThrough(name, orders);
        return [
          ...missingIn(settings.requires).map((other) =>
            containerProblem(
              'requirement-missing',
              name,
              `${name} requires the container ${other}, which does not exist.`,
              { advice: `Create ${other}, or remove it from 'requires': ${change}.` },
            ),
          ),
          ...missingIn(settings.wants).map((other) =>
            containerProblem(
              'wanted-missing',
              name,
              `${name} wants the container ${other}, which does not exist.`,
              { advice: `Create ${other}, or remove it from 'wants': ${change}.` },
            ),
          ),
          ...(cycle === null
            ? []
            : [
                containerProblem(
                  'order-cycle',
                  name,
                  `${name} starts after itself: ${cycle.join(' after ')}.`,
                  {
                    advice: `Remove one of these from 'after', 'wants' or 'requires': ${change}.`,
                  },
                ),
              ]),
        ];
      },
    );
  },
});
