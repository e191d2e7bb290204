import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/commands/base-command.js';
import { dryRunFlag } from '../cli/commands/dry-run-flag.js';
import { onlineFlags, secondsToWaitOnline } from '../cli/commands/online-flags.js';
import { presetFlags, presetsFromFlags } from '../cli/commands/preset-flags.js';
import { sourceFlags, sourceFromFlags } from '../cli/commands/source-flags.js';
import {
  finishPlanText,
  migratedText,
  migrationPlanText,
  sharedText,
  undoPlanText,
} from '../cli/views/migration-text.js';
import type { SharedPlan, SharedResult } from '../src/operations/adopt.js';
import type { MigratePlan, MigrateRequest, MigrateResult } from '../src/operations/migrate.js';
import type { FinishMigrationPlan, FinishMigrationResult } from '../src/operations/migrate-finish.js';
import type { UndoMigrationPlan, UndoMigrationResult } from '../src/operations/migrate-undo.js';
import type { Translation } from '../src/operations/migration.js';

const WAYS = ['to-nix', 'undo', 'finish'];
const others = (way: string) => WAYS.filter((other) => other !== way);

type Outcome =
  | Translation[]
  | MigrateResult
  | MigratePlan
  | SharedResult
  | SharedPlan
  | UndoMigrationResult
  | UndoMigrationPlan
  | FinishMigrationResult
  | FinishMigrationPlan;

export default class Migrate extends BaseCommand<typeof Migrate> {
  static override summary = "Take over containers of NixOS's own module";
  static override description =
    "Takes over one container that nixpkgs' 'nixos-container' made: its state, its configuration, and its addresses, ports, mounts and auto start. If it runs, it is stopped, and the new container is started. After a failure, the old container is as before. What is left of it is kept until --finish, and --undo goes back to it. By default, the configuration is made from the container's configuration.nix and its settings on this host.\n\nWith --to-nix, prints a declaration in nixos.containers for each container of NixOS's own module, as its settings are on this host, and says what it could not translate. That changes nothing. See the page on migration for the steps that follow.";
  static override strict = false;
  static override examples = [
    '<%= config.bin %> <%= command.id %> web --dry-run',
    '<%= config.bin %> <%= command.id %> web',
    '<%= config.bin %> <%= command.id %> web --flake .#web',
    '<%= config.bin %> <%= command.id %> --undo web',
    '<%= config.bin %> <%= command.id %> --finish web',
    '<%= config.bin %> <%= command.id %> --to-nix',
    '<%= config.bin %> <%= command.id %> --to-nix web mail >containers.nix',
  ];
  static override args = {
    old: Args.string({
      description: 'Name of a container; with --to-nix, any number of them (default: all)',
    }),
  };
  static override flags = {
    'to-nix': Flags.boolean({ description: 'Print code for nixos.containers', exclusive: others('to-nix') }),
    undo: Flags.boolean({ description: 'Go back to the old container', exclusive: others('undo') }),
    finish: Flags.boolean({
      description: 'Delete what is left of the old container',
      exclusive: others('finish'),
    }),
    'accept-losses': Flags.boolean({
      description: 'Go on although settings of the old container cannot be taken over',
    }),
    yes: Flags.boolean({ char: 'y', description: 'Do not ask' }),
    ...sourceFlags,
    ...presetFlags,
    ...onlineFlags,
    ...dryRunFlag,
  };

  async run(): Promise<Outcome> {
    if (this.flags['to-nix']) return this.translate();
    const [name, ...surplus] = this.words;
    const { migrateNeedsName, surplusArgument } = await import('../src/errors/usage.js');
    if (name === undefined) throw migrateNeedsName();
    if (surplus[0] !== undefined) throw surplusArgument('migrate', surplus[0], this.config.bin);
    if (this.flags.undo) return this.goBack(name);
    return this.flags.finish ? this.finish(name) : this.migrate(name);
  }

  private async translate(): Promise<Translation[]> {
    const { translateContainers } = await import('../src/operations/migration.js');
    const translations = await translateContainers({ names: this.words }, this.quietOptions());
    if (translations.length === 0) this.logToStderr("This host has no containers of NixOS's own module");
    else this.log(translations.map(textOf).join('\n').trimEnd());
    return translations;
  }

  private async migrate(name: string): Promise<Outcome> {
    const request: MigrateRequest = {
      name,
      source: sourceFromFlags(this.flags),
      nixpkgs: this.flags.nixpkgs,
      system: this.flags.system,
      presets: await presetsFromFlags(this.flags),
      acceptLosses: this.flags['accept-losses'],
      moveDropIn: this.flags.yes,
    };
    const { migrateContainer, planMigration } = await import('../src/operations/migrate.js');
    if (this.flags['dry-run']) {
      const plan = await planMigration(request, this.quietOptions());
      this.log(migrationPlanText(plan));
      return plan;
    }
    const waitOnline = secondsToWaitOnline(this.flags);
    const options = { ...(await this.operationOptions()), waitOnline };
    const result = await migrateContainer(request, options);
    await this.closeDisplay();
    if (!result.migrated) {
      this.log(sharedText(result, this.flags.yes));
      if (result.temporary_drop_in === null || !(await this.agrees('Move it to /etc?'))) return result;
      const moved = await migrateContainer({ name, moveDropIn: true }, options);
      await this.closeDisplay();
      return moved;
    }
    this.log(migratedText(result));
    if (!result.restarted || result.kept.length === 0) return result;
    if (await this.agrees('Does it work as before? Then delete what is left of the old container now?'))
      await this.finish(name);
    return result;
  }

  private async goBack(name: string): Promise<UndoMigrationResult | UndoMigrationPlan> {
    const { planUndoMigration, undoMigration } = await import('../src/operations/migrate-undo.js');
    if (this.flags['dry-run']) {
      const plan = await planUndoMigration({ name }, this.quietOptions());
      this.log(undoPlanText(plan));
      return plan;
    }
    const result = await undoMigration({ name }, await this.operationOptions());
    await this.closeDisplay();
    this.log(`Container ${result.name} is a container of NixOS's own module again`);
    return result;
  }

  private async finish(name: string): Promise<FinishMigrationResult | FinishMigrationPlan> {
    const { finishMigration, planFinishMigration } = await import('../src/operations/migrate-finish.js');
    if (this.flags['dry-run']) {
      const plan = await planFinishMigration({ name }, this.quietOptions());
      this.log(finishPlanText(plan));
      return plan;
    }
    const result = await finishMigration({ name }, await this.operationOptions());
    await this.closeDisplay();
    this.log(`The migration of ${result.name} is finished`);
    return result;
  }

  /** Asks on a terminal. Elsewhere the answer is no. */
  private async agrees(question: string): Promise<boolean> {
    if (this.flags.yes || this.jsonEnabled() || !process.stdin.isTTY || !process.stderr.isTTY) return false;
    const { confirm } = await import('../cli/commands/question.js');
    return confirm(question);
  }
}

/** What was not translated is a comment, so that it stays with the code. */
const textOf = ({ nix, untranslated }: Translation) =>
  `${untranslated.map((sentence) => `# ${sentence}\n`).join('')}${nix}`;
