/**
 * Runs `work` for each name, at most `bound` at a time. The work for a name begins when that for the names `before` it
 * has ended, as far as they are in the list. Returns the results in the order of the names. After a failure, no more
 * work is begun, and the failure is thrown when the work that is under way has ended.
 */
export async function inOrder<R>(
  names: readonly string[],
  before: (name: string) => readonly string[],
  bound: number,
  work: (name: string) => Promise<R>,
): Promise<R[]> {
  const waiting = new Set(names);
  const active = new Map<string, Promise<void>>();
  const results = new Map<string, R>();
  const failures: unknown[] = [];
  const isReady = (name: string) => !before(name).some((other) => waiting.has(other) || active.has(other));
  const begin = (name: string) => {
    waiting.delete(name);
    active.set(
      name,
      work(name)
        .then(
          (result) => void results.set(name, result),
          (error: unknown) => void failures.push(error),
        )
        .finally(() => active.delete(name)),
    );
  };
  while (waiting.size > 0 && failures.length === 0) {
    for (const name of [...waiting].filter(isReady).slice(0, bound - active.size)) begin(name);
    // Names that follow one another. The work for each of them finds that out.
    const [first] = waiting;
    if (active.size === 0 && first !== undefined) begin(first);
    await Promise.race(active.values());
  }
  await Promise.all(active.values());
  if (failures.length > 0) throw failures[0];
  return names.flatMap((name) => {
    const result = results.get(name);
    return result === undefined ? [] : [result];
  });
}
