import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { confirm } from '../cli/commands/question.js';
import { doctorText, questionText } from '../cli/views/doctor-text.js';
import type { DoctorResult } from '../src/operations/doctor.js';

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'Find problems with the host and its containers, and show how to fix them';
  static override description =
    'Checks what containers need from the host, and whether each container is complete. Changes nothing without --fix. The exit code is 7 if there is a problem; notes do not count.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> --fix',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override args = {
    name: Args.string({ description: 'Container to check, besides the host (default: all containers)' }),
  };
  static override flags = {
    fix: Flags.boolean({
      description:
        'Apply the fixes that delete nothing and interrupt no container, and ask before other fixes',
    }),
    yes: Flags.boolean({
      char: 'y',
      description: 'Answer yes to all questions of --fix',
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
