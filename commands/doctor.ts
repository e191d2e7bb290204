import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { confirm } from '../cli/commands/question.js';
import { doctorText, questionText } from '../cli/views/doctor-text.js';
import type { DoctorResult } from '../src/operations/doctor.js';

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'Show what is wrong with the host or a container, and how to fix it';
  static override description =
    'Checks what containers need from the host, and whether each container is whole. Changes nothing without --fix. Exits with 7 if something is wrong; notes do not count.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> --fix',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override args = {
    name: Args.string({ description: 'Container to check, with the host; default all of them' }),
  };
  static override flags = {
    fix: Flags.boolean({
      description:
        'Fix what can be fixed without deleting anything or interrupting anybody, and ask before anything else',
    }),
    yes: Flags.boolean({
      char: 'y',
      description: 'Answer yes to every question of --fix',
      dependsOn: ['fix'],
    }),
  };

  async run(): Promise<DoctorResult> {
    const { fix, yes } = this.flags;
    const { doctorExitCode, examine } = await import('../src/operations/doctor.js');
    const asks = !this.jsonEnabled() && process.stdin.isTTY && process.stderr.isTTY;
    const result = await examine(
      {
        name: this.args.name,
        fix,
        mayMend: async (finding) => yes || (asks && (await confirm(questionText(finding)))),
      },
      fix ? await this.operationOptions() : this.quietOptions(),
    );
    await this.closeDisplay();
    this.log(doctorText(result));
    process.exitCode = doctorExitCode(result);
    return result;
  }
}
