/** Control characters made visible, so that a hostile name cannot write on the terminal. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** The same, cut short to stand in a sentence. */
export function printable(text: string): string {
  const shown = visible(text);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}

/** An argv as one would type it; for reading, never for running. */
export function shellLike(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./#^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
