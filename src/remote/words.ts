/** Quotes a word for a POSIX shell. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Characters that no login shell changes between single quotes, and that printf(1) prints as they are. */
const PLAIN = /[A-Za-z0-9 _./=:,@+-]/;

/**
 * A command line for ssh that runs a script with /bin/sh, whatever the login shell of the user is: sshd gives the line to
 * that shell, and shells differ in what they expand between quotes. Therefore the script is passed as octal numbers.
 */
export function remoteLine(script: string): string {
  const encoded = [...script].map((character) =>
    PLAIN.test(character)
      ? character
      : [...Buffer.from(character)].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join(''),
  );
  return `/bin/sh -c 'eval "$(printf %b "$0")"' '${encoded.join('')}'`;
}

/** Splits a variable like NIX_SSHOPTS into words as a shell does, but expands nothing. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\]|['"\\])+/gs))
    words.push(
      word.replace(
        /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
        (_, single?: string, double?: string, escaped?: string) =>
          single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
      ),
    );
  return words;
}
