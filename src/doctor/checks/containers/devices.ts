import { readText } from '../../../base/files.js';
import { parseUnitFile } from '../../../container/unit-file.js';
import { missingDevices } from '../../../host/devices.js';
import { unpermittedMounts } from '../../../host/unpermitted-devices.js';
import { deviceRules } from '../../../systemd/device-rules.js';
import { check, error, warning } from '../../check.js';
import { eachContainer } from '../../facts/containers.js';
import { containerProblem } from '../../finding.js';

const containers = eachContainer(async ({ container: { settings, places } }, { signal }) => ({
  missing: await missingDevices(settings?.devices ?? []),
  unpermitted: await unpermittedMounts(parseUnitFile((await readText(places.unitFile)) ?? ''), () =>
    deviceRules(places.service, { signal }),
  ),
}));

export const devices = check({
  findings: {
    'device-missing': error('The container does not start without a device that it requires.'),
    'device-not-allowed': warning('Each use of the device in the container fails with EPERM.'),
  },
  look: { containers },
  judge: ({ containers }) =>
    containers.flatMap(({ container: { name }, seen: { missing, unpermitted } }) => [
      ...missing.map(({ path, why }) =>
        containerProblem('device-missing', name, `${name} requires the device ${path}, which ${why}.`, {
          advice: `Connect it or load its driver, or set optional = true in its entry of the option devices of ${name}.`,
        }),
      ),
      ...unpermitted.map(({ path, entry }) =>
        containerProblem(
          'device-not-allowed',
          name,
          `${name} mounts the device ${path}, but has no permission to use it.`,
          { advice: `Replace the mount with the option devices = [ ${entry} ]; of ${name}.` },
        ),
      ),
    ]),
});
