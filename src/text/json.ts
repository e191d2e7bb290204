/** Parses a JSON text. Returns undefined if it is not valid JSON, for files that may have been truncated or edited. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
