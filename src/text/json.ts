/** What a JSON text says; undefined where it is none, for files that anyone may have cut short or edited. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
