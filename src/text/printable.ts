/** Escapes control characters, so that a hostile name cannot control the terminal. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** The same, shortened to fit in a sentence. */
export function printable(text: string): string {
  const shown = visible(text);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}

/** Formats an argv as one would type it. For reading only, never for execution. */
export function shellLike(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./#^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
