// Writes the generated pages of the manual: docs/cli.md from the commands, docs/presets.md from the bundled presets, and
// docs/public/json-schema/ from the schemas of the commands' output. With --check it only compares, and fails if a page is
// stale.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { presetsPage } from './presets-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(await readFile(join(root, 'oclif.manifest.json'), 'utf8'));
const bin = 'nixos-nspawn';

const cell = (text) => text.replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll('\n', ' ');
const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
const expand = (text, id) => text.replaceAll('<%= config.bin %>', bin).replaceAll('<%= command.id %>', id);

function flagRow(flag) {
  const long = flag.allowNo ? `--[no-]${flag.name}` : `--${flag.name}`;
  const names = [flag.char && `-${flag.char}`, long].filter(Boolean).join(', ');
  const value = flag.type === 'option' ? ` ${flag.helpValue ?? (flag.options?.join('|') || 'VALUE')}` : '';
  const notes = [
    sentence(flag.description ?? flag.summary ?? ''),
    flag.required ? 'Required.' : '',
    flag.multiple ? 'May be given several times.' : '',
    flag.env ? `Environment: \`${flag.env}\`.` : '',
    flag.default !== undefined && flag.type === 'option' ? `Default: \`${flag.default}\`.` : '',
  ];
  return `| \`${cell(`${names}${value}`)}\` | ${cell(notes.filter(Boolean).join(' '))} |`;
}

function page(command) {
  const id = command.id.replaceAll(':', ' ');
  const flags = Object.values(command.flags).filter((flag) => !flag.hidden);
  const own = flags.filter((flag) => !flag.helpGroup?.startsWith('GLOBAL'));
  const args = Object.values(command.args).filter((arg) => !arg.hidden);
  const usage = command.usage
    ? `${bin} ${expand(command.usage, id)}`
    : [
        bin,
        id,
        ...args.map((arg) => {
          const name = `${arg.name.toUpperCase()}${command.strict === false ? '...' : ''}`;
          return arg.required ? name : `[${name}]`;
        }),
        '[FLAGS]',
      ].join(' ');
  const parts = [`## ${id}`, sentence(command.summary ?? ''), `\`\`\`\n${usage}\n\`\`\``];
  if (command.aliases?.length)
    parts.push(`Also: ${command.aliases.map((alias) => `\`${alias.replaceAll(':', ' ')}\``).join(', ')}.`);
  if (command.description && command.description !== command.summary)
    parts.push(expand(command.description, id));
  if (args.length)
    parts.push(
      [
        '| argument | |',
        '|---|---|',
        ...args.map(({ name, description = '', default: fallback }) => {
          const note = fallback === undefined ? '' : ` Default: \`${fallback}\`.`;
          return `| \`${name.toUpperCase()}\` | ${cell(`${sentence(description)}${note}`)} |`;
        }),
      ].join('\n'),
    );
  if (own.length) parts.push(['| flag | |', '|---|---|', ...own.map(flagRow)].join('\n'));
  if (command.examples?.length) {
    const lines = command.examples.map((example) =>
      typeof example === 'string' ? example : example.command,
    );
    parts.push(`\`\`\`console\n${lines.map((line) => `# ${expand(line, id)}`).join('\n')}\n\`\`\``);
  }
  return parts.join('\n\n');
}

const commands = Object.values(manifest.commands)
  .filter((command) => !command.hidden)
  .sort((a, b) => a.id.localeCompare(b.id));
const globals = Object.values(commands[0]?.flags ?? {}).filter(
  (flag) => flag.helpGroup?.startsWith('GLOBAL') && !flag.hidden,
);
const withoutJson = commands.filter(({ flags }) => !flags.json).map(({ id }) => `\`${id}\``);
const commandsPage = [
  '# Commands',
  'This page is generated from the commands. `nixos-nspawn COMMAND --help` shows the same information.',
  `These flags can be written before or after the command. All commands have them, except that ${withoutJson.slice(0, -1).join(', ')} and ${withoutJson.at(-1)} have no \`--json\`:`,
  ['| flag | |', '|---|---|', ...globals.map(flagRow)].join('\n'),
  ...commands.map(page),
].join('\n\n');

/** Runs the built command line, because only the code that creates the presets knows them. */
async function bundledPresets() {
  const argv = [join(root, 'bin/run.cjs'), 'presets', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return JSON.parse(stdout).presets.filter(({ bundled }) => bundled);
}

const pages = { 'docs/cli.md': commandsPage, 'docs/presets.md': presetsPage(await bundledPresets()) };
// The schemas come from the library. The manual's site serves them unchanged.
const { jsonSchemas } = await import(join(root, 'dist/src/index.js'));
for (const [command, schema] of Object.entries(jsonSchemas()))
  pages[`docs/public/json-schema/${command.replaceAll(' ', '-')}.json`] = JSON.stringify(schema, null, 2);

const isCheck = process.argv.includes('--check');
for (const [path, text] of Object.entries(pages)) {
  const target = join(root, path);
  if (!isCheck) {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, `${text}\n`);
  } else if ((await readFile(target, 'utf8').catch(() => '')) !== `${text}\n`) {
    console.error(
      `${path} is stale: run 'npm run build && node scripts/references.mjs' and commit the result.`,
    );
    process.exitCode = 1;
  }
}
