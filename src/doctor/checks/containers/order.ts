import { cycleThrough, ordersOf, requiredUnits } from '../../../container/order.js';
import type { Settings } from '../../../container/settings.js';
import { type NamedUnit, namedUnits } from '../../../systemd/unit-order.js';
import { check, error, warning } from '../../check.js';
import { containers } from '../../facts/containers.js';
import { inventory } from '../../facts/inventory.js';
import { answers } from '../../facts/systemd.js';
import { containerProblem, type Problem } from '../../finding.js';
import { fact } from '../../look.js';

/** The units of the host that containers require. */
const hostUnits = fact(async (look): Promise<readonly NamedUnit[]> => {
  if (!(await look.at(answers))) return [];
  const names = (await look.at(containers)).flatMap(({ container }) => requiredUnits(container.settings));
  return namedUnits([...new Set(names)], { signal: look.signal });
});

/** Whether each container can start after those that it names. */
export const order = check({
  findings: {
    'requirement-missing': error(
      'systemd does not start a container if something that it requires is missing.',
    ),
    'wanted-missing': warning(
      'systemd tries to start it whenever the container starts, and reports a failed unit.',
    ),
    'order-cycle': error('systemd starts the others without one of them, or none of them.'),
  },
  look: { containers, hostUnits, inventory },
  judge: ({ containers, hostUnits, inventory }) => {
    const unusable = new Map(
      hostUnits.flatMap(({ asked, load }) =>
        load === 'not-found' || load === 'masked' ? [[asked, load] as const] : [],
      ),
    );
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
          ...requiredUnits(settings)
            .filter((unit) => unusable.has(unit))
            .map((unit) =>
              containerProblem(
                'requirement-missing',
                name,
                `${name} requires the unit ${unit}, ${unusable.get(unit) === 'masked' ? 'which is masked' : 'which this host does not have'}.`,
                { advice: `Provide ${unit}, or remove it from 'requires': ${change}.` },
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
