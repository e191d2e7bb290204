import { printable } from '../text/printable.js';
import { quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function deviceMissing(name: string, device: { path: string; why: string }): NspawnError {
  const { path, why } = device;
  return new NspawnError({
    code: 'device-missing',
    exitCode: ExitCode.hostLacks,
    message: `Container ${quote(name)} requires the device ${printable(path)} (option 'devices'), which ${why}.`,
    nextSteps: [
      "Connect it or load its driver, or correct the option 'devices'. Then try again.",
      "If the container can run without it, set 'optional = true' in its entry of 'devices'.",
    ],
    details: { name, path },
  });
}

/** @param entry how the option `devices` permits it, as Nix source */
export function deviceNotAllowed(name: string, device: { path: string; entry: string }): NspawnError {
  const { path, entry } = device;
  return new NspawnError({
    code: 'device-not-allowed',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} mounts the host's device ${printable(path)}, but has no permission to use it.`,
    nextSteps: [
      `Replace the mount with the option 'devices', which mounts and permits it: 'devices = [ ${entry} ];'.`,
      'Or permit it with DeviceAllow= in \'systemd.services."systemd-nspawn@NAME".serviceConfig\'.',
    ],
    details: { name, path },
  });
}
