// Generates the manual pages from oclif's manifest: one for the tool, and one for each command. See man-pages(7) for
// the content of each section, and groff_man(7) for the macros.
const bin = 'nixos-nspawn';

/** Pairs of a file name and its text. `version` is shown in the footer of each page. */
export function manualPages(manifest, version) {
  const commands = Object.values(manifest.commands)
    .filter((command) => !command.hidden)
    .sort((a, b) => a.id.localeCompare(b.id));
  return [
    [`${bin}.1`, overview(commands, version)],
    ...commands.map((command) => [`${pageName(command)}.1`, commandPage(command, version)]),
  ];
}

const pageName = (command) => `${bin}-${command.id.replaceAll(':', '-')}`;
const words = (command) => `${bin} ${command.id.replaceAll(':', ' ')}`;
const isGlobal = (flag) => flag.helpGroup?.startsWith('GLOBAL');
const visible = (things) => Object.values(things).filter((thing) => !thing.hidden);

/**
 * Escapes text for roff. A dash becomes a minus that can be copied, and a backslash is printed literally. No line
 * starts a request by accident. Non-ASCII characters become code points, so that the reader's encoding does not matter.
 */
const roff = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replace(
      /[^\n -~]/gu,
      (character) => `\\[u${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );

const expand = (text, command) =>
  text.replaceAll('<%= config.bin %>', bin).replaceAll('<%= command.id %>', command.id.replaceAll(':', ' '));

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

const argumentText = ({ description = '', default: fallback }) =>
  `${sentence(description)}${fallback === undefined ? '' : ` Default: ${fallback}.`}`;

/** No date, because a build must be reproducible. */
const head = (name, version) => `.TH ${roff(name.toUpperCase())} 1 "" "${bin} ${version}" "NixOS containers"`;

function flagEntry(flag) {
  const value =
    flag.type === 'option' ? ` ${flag.helpValue ?? (flag.options ? flag.options.join('|') : 'VALUE')}` : '';
  const long = flag.allowNo ? `--[no-]${flag.name}` : `--${flag.name}`;
  const names = [flag.char && `-${flag.char}`, long].filter(Boolean).map((name) => `\\fB${roff(name)}\\fR`);
  const text = [
    sentence(flag.description ?? flag.summary ?? ''),
    flag.multiple ? 'May be given several times.' : '',
    flag.env ? `Environment: ${flag.env}.` : '',
    flag.type === 'option' && flag.default !== undefined ? `Default: ${flag.default}.` : '',
  ].filter(Boolean);
  return `.TP\n${names.join(', ')}${value === '' ? '' : ` \\fI${roff(value.trim())}\\fR`}\n${roff(text.join(' '))}`;
}

function synopsis(command) {
  if (command.usage) return roff(`${bin} ${expand(command.usage, command)}`);
  const args = visible(command.args).map((arg) => {
    const name = `\\fI${roff(arg.name.toUpperCase())}\\fR${command.strict === false ? '...' : ''}`;
    return arg.required ? name : `[${name}]`;
  });
  return [`\\fB${roff(words(command))}\\fR`, ...args, '[\\fIFLAGS\\fR]'].join(' ');
}

function commandPage(command, version) {
  const own = visible(command.flags).filter((flag) => !isGlobal(flag));
  const args = visible(command.args);
  const lines = [
    head(pageName(command), version),
    '.SH NAME',
    `${roff(pageName(command))} \\- ${roff((command.summary ?? '').replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    synopsis(command),
    '.SH DESCRIPTION',
    roff(sentence(expand(command.description ?? command.summary ?? '', command))),
  ];
  if (command.aliases?.length)
    lines.push(
      '.PP',
      roff(`Also: ${command.aliases.map((alias) => alias.replaceAll(':', ' ')).join(', ')}.`),
    );
  if (args.length) {
    lines.push('.SH ARGUMENTS');
    for (const arg of args)
      lines.push(`.TP\n\\fI${roff(arg.name.toUpperCase())}\\fR\n${roff(argumentText(arg))}`);
  }
  if (own.length) lines.push('.SH OPTIONS', ...own.map(flagEntry));
  if (command.examples?.length) {
    lines.push('.SH EXAMPLES', '.nf');
    for (const example of command.examples)
      lines.push(roff(expand(typeof example === 'string' ? example : example.command, command)));
    lines.push('.fi');
  }
  lines.push('.SH SEE ALSO', `.BR ${bin.replaceAll('-', '\\-')} (1)`);
  return `${lines.join('\n')}\n`;
}

function overview(commands, version) {
  const globals = visible(commands[0]?.flags ?? {}).filter(isGlobal);
  const lines = [
    head(bin, version),
    '.SH NAME',
    `${roff(bin)} \\- NixOS containers on systemd\\-nspawn`,
    '.SH SYNOPSIS',
    `\\fB${roff(bin)}\\fR \\fICOMMAND\\fR [\\fIFLAGS\\fR]`,
    '.SH DESCRIPTION',
    roff(
      'Creates, changes and removes NixOS containers. A change is applied completely or not at all: after a failure or Ctrl-C, it is undone at once; after a kill or a power loss, by the next command on the container.',
    ),
    '.SH COMMANDS',
    ...commands.map(
      (command) =>
        `.TP\n.BR ${roff(pageName(command))} (1)\n${roff(sentence(command.summary ?? command.description ?? ''))}`,
    ),
    '.SH OPTIONS',
    'Every command accepts these options, before or after its name.',
    ...globals.map(flagEntry),
    '.SH EXIT STATUS',
    ...exitStatus.map(([code, text]) => `.TP\n.B ${code}\n${roff(text)}`),
    '.SH SEE ALSO',
    '.BR systemd\\-nspawn (1),\n.BR systemd.nspawn (5),\n.BR machinectl (1),\n.BR systemd.network (5),\n.BR nix (1)',
  ];
  return `${lines.join('\n')}\n`;
}

const exitStatus = [
  [0, 'Done.'],
  [1, 'Unexpected error.'],
  [2, 'The container does not exist.'],
  [3, 'There is no generation to switch to.'],
  [4, 'The container exists already.'],
  [5, "The container is declared in the host's configuration, or was created by another tool."],
  [6, 'Another run has locked the container.'],
  [7, 'The host lacks something.'],
  [8, 'The activation failed; the previous generation was restored.'],
  [9, 'The activation failed and was not undone.'],
  [10, 'The request was refused.'],
  [11, 'An external command failed.'],
  [64, 'Wrong usage.'],
  [69, 'The target host cannot be reached, or the connection to it was lost.'],
  [74, 'Done, but the result could not be written to standard output.'],
  [125, "run: the container stopped or restarted before the command's exit code was known."],
  [126, 'run: the command cannot be executed, or its directory or user does not exist.'],
  [127, 'run: the command does not exist in the container.'],
  [130, 'Interrupted; all changes were undone.'],
];
