import { type MachineOptions, VirtualMachine } from './virtual-machine.js';

/** A suite on its own fresh virtual machine. If none can run, the suite is reported as skipped with the reason. */
export function describeInMachine(
  title: string,
  name: string,
  body: (machine: () => VirtualMachine) => void,
  options: MachineOptions = {},
): void {
  describe(title, () => {
    let machine: VirtualMachine | undefined;

    before(async function () {
      const reason = await VirtualMachine.unavailable();
      if (reason !== null) {
        console.warn(`      no virtual machine: ${reason}`);
        this.skip();
      }
      machine = await VirtualMachine.start(name, options);
      await machine.writeFile(
        '/etc/systemd/system/systemd-nspawn@.service.d/99-emulation.conf',
        '[Service]\nTimeoutStartSec=20min\nTimeoutStopSec=10min\n',
      );
      await machine.run(['systemctl', 'daemon-reload']);
    });

    after(async () => {
      await machine?.stop();
    });

    body(() => {
      if (!machine) throw new Error('the virtual machine exists only while the tests of its suite run');
      return machine;
    });
  });
}
