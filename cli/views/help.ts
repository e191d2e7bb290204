import type { Command } from '@oclif/core';
import { CommandHelp, Help } from '@oclif/core/help';

const GLOBAL = 'GLOBAL';

/** Help on one command: a short usage line, and only the command's own flags. */
class ShortCommandHelp extends CommandHelp {
  /** oclif's usage line names every flag. The flags are described below it, so this one leaves them out. */
  protected override defaultUsage(): string {
    const args = Object.values(this.command.args ?? {}).filter(({ hidden }) => hidden !== true);
    const words = args.map(({ name, required }) => {
      const word = `${name.toUpperCase()}${this.command.strict === false ? '...' : ''}`;
      return required ? word : `[${word}]`;
    });
    return [this.command.id, ...words, '[FLAGS]'].join(' ');
  }

  /** Leaves out a description that repeats the summary, which is shown at the top. */
  protected override description(): string | undefined {
    const { description, summary } = this.command;
    return description === undefined || description === summary ? undefined : this.wrap(description);
  }

  protected override groupFlags(flags: Command.Flag.Any[]): ReturnType<CommandHelp['groupFlags']> {
    return super.groupFlags(flags.filter(({ helpGroup }) => helpGroup !== GLOBAL));
  }

  protected override sections(): ReturnType<CommandHelp['sections']> {
    const names = globalFlags(this.command).map(({ name }) => `--${name}`);
    const line = this.wrap(`${names.join(' ')}\n'${this.config.bin} --help' describes them.`);
    const sections = super.sections();
    const after = sections.findIndex(({ header }) => header === 'FLAGS') + 1;
    const global = { header: 'GLOBAL FLAGS', generate: () => (names.length === 0 ? undefined : line) };
    return [...sections.slice(0, after), global, ...sections.slice(after)];
  }

  /** Describes the flags that every command has. */
  describeGlobalFlags(): string | undefined {
    const body = this.flags(globalFlags(this.command));
    return body === undefined ? undefined : this.section('GLOBAL FLAGS', body);
  }
}

/** The command line's help. Global flags are described only at the top level, and aliases are not listed separately. */
export default class ShortHelp extends Help {
  protected override CommandHelpClass = ShortCommandHelp;

  protected override get sortedCommands(): Command.Loadable[] {
    const commands = super.sortedCommands;
    const aliases = new Set(commands.flatMap((command) => command.aliases ?? []));
    return commands.filter(({ id }) => !aliases.has(id));
  }

  override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    const command = this.config.findCommand('create');
    if (command === undefined) return;
    const described = new ShortCommandHelp(command, this.config, this.opts).describeGlobalFlags();
    this.log(`${described}\n`);
    this.log(`'${this.config.bin} COMMAND --help' describes a command.`);
  }
}

const globalFlags = (command: Command.Loadable) =>
  Object.entries(command.flags ?? {})
    .filter(([, { helpGroup, hidden }]) => helpGroup === GLOBAL && hidden !== true)
    .map(([name, flag]) => ({ ...flag, name }))
    // Sort as oclif does: flags with a short form first.
    .sort(
      (a, b) => Number(b.char !== undefined) - Number(a.char !== undefined) || a.name.localeCompare(b.name),
    );
