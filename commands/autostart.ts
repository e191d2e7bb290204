import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { runningProgram } from '../cli/commands/running-program.js';
import { errorText } from '../cli/outputs/report.js';
import type { AutostartEntry, AutostartPreview } from '../src/operations/autostart.js';
import type { AutostartUnit } from '../src/operations/autostart-unit.js';

export default class Autostart extends BaseCommand<typeof Autostart> {
  static override summary = 'Start all imperative containers that are configured to start at boot';
  static override description =
    'Starts several containers at the same time, and waits until each reports that it is ready. Tries each start up to three times. Links and drop-ins that a reboot or another tool removed are restored first. A failure does not affect the other containers; the exit code is that of the most urgent failure. --install sets up a unit that does this at boot. On NixOS, the module provides such a unit.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --jobs 4',
    '<%= config.bin %> <%= command.id %> --install',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ char: 'n', description: 'Show which containers would be started' }),
    jobs: Flags.integer({
      char: 'j',
      description: 'Number of containers to start at the same time (default: the number of processors)',
      helpValue: 'N',
      min: 1,
    }),
    install: Flags.boolean({
      description: 'Set up a systemd unit that starts the containers at boot',
      exclusive: ['uninstall', 'dry-run'],
    }),
    uninstall: Flags.boolean({
      description: 'Remove that unit, without stopping containers',
      exclusive: ['dry-run', 'jobs'],
    }),
  };

  async run(): Promise<AutostartEntry[] | AutostartPreview[] | AutostartUnit> {
    if (this.flags.install) return this.#install();
    if (this.flags.uninstall) return this.#uninstall();
    return this.flags['dry-run'] ? this.#preview() : this.#start();
  }

  async #start(): Promise<AutostartEntry[]> {
    const { autostartContainers, autostartExitCode } = await import('../src/operations/autostart.js');
    const options = await this.operationOptions({ several: true });
    const entries = await autostartContainers({ jobs: this.flags.jobs }, options);
    await this.closeDisplay();
    for (const { error } of entries) {
      if (error === null) continue;
      const told = { ...error, details: error, nextSteps: error.next_steps, exitCode: error.exit_code };
      this.logToStderr(errorText(told, this.flags.verbose).trimEnd());
    }
    const started = entries.filter((entry) => entry.started);
    this.log(`Started ${started.length} of ${entries.length} containers.`);
    process.exitCode = autostartExitCode(entries);
    return entries;
  }

  async #preview(): Promise<AutostartPreview[]> {
    const { previewAutostart } = await import('../src/operations/autostart.js');
    const previews = await previewAutostart(this.quietOptions());
    this.log(`Would start ${previews.filter(({ error }) => error === null).length} containers:`);
    for (const { name, would_restore, error } of previews) {
      this.log(error === null ? `  ${name}` : `  ${name}: cannot start. ${error.message}`);
      for (const path of would_restore) this.log(`    restore ${path}`);
    }
    return previews;
  }

  async #install(): Promise<AutostartUnit> {
    const { installAutostart } = await import('../src/operations/autostart-unit.js');
    const { jobs, 'unit-file-dir': unitFileDir } = this.flags;
    const args = [
      ...(jobs === undefined ? [] : ['--jobs', String(jobs)]),
      ...(unitFileDir === undefined ? [] : ['--unit-file-dir', unitFileDir]),
    ];
    const unit = await installAutostart({ program: runningProgram(), args }, await this.operationOptions());
    await this.closeDisplay();
    this.log(
      unit.changed
        ? `${unit.unit} is installed, and runs at the next boot.`
        : `${unit.unit} is already installed.`,
    );
    return unit;
  }

  async #uninstall(): Promise<AutostartUnit> {
    const { uninstallAutostart } = await import('../src/operations/autostart-unit.js');
    const unit = await uninstallAutostart(await this.operationOptions());
    await this.closeDisplay();
    this.log(unit.changed ? `${unit.unit} was removed.` : `${unit.unit} was not installed.`);
    return unit;
  }
}
