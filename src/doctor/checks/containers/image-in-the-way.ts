import { imagesInTheWay } from '../../../host/images.js';
import { check, error } from '../../check.js';
import { eachContainer } from '../../facts/containers.js';
import { containerProblem } from '../../finding.js';

/** What systemd-nspawn would start instead of the container's own tree. */
const containers = eachContainer(({ container: { places } }, { layout }) =>
  imagesInTheWay(layout, places, { everywhere: false }),
);

export const imageInTheWay = check({
  findings: {
    'image-in-the-way': error(
      "It has the container's name, so systemd-nspawn starts it instead of the container.",
    ),
  },
  look: { containers },
  judge: ({ containers }) =>
    containers.flatMap(({ container: { name, places }, seen: paths }) =>
      paths.map((path) =>
        containerProblem(
          'image-in-the-way',
          name,
          `systemd-nspawn uses ${path} for ${name} instead of ${places.stateDir}.`,
          { advice: `Move ${path} away, or rename it.` },
        ),
      ),
    ),
});
