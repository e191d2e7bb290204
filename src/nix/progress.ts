import {
  Activity,
  ERROR_LEVEL,
  type NixEvent,
  parseNixLine,
  Result,
  WARNING_LEVEL,
} from './internal-json.js';

interface Running {
  type: number;
  label: string;
  done: number;
  expected: number;
}

/** How many of a failed build's last log lines its error includes. */
const KEPT_LOG = 30;

/**
 * Follows one Nix command through its events. Provides a line about its current activity, the text that Nix would print
 * without events, and its warnings.
 */
export class NixProgress {
  readonly #running = new Map<string, Running>();
  readonly #log: string[] = [];
  readonly #messages: string[] = [];
  readonly #warnings = new Set<string>();

  constructor(private readonly tell: { progress: (text: string) => void; log: (text: string) => void }) {}

  line(line: string): void {
    const event = parseNixLine(line);
    if (event === null) return;
    if (typeof event === 'string') this.#message(event);
    else this.#event(event);
  }

  /** Evaluation warnings, without duplicates. */
  get warnings(): string[] {
    return [...this.#warnings];
  }

  /** Errors and the failed build's last lines, in Nix's words. */
  get errorText(): string {
    return [
      ...this.#messages,
      ...(this.#log.length > 0 ? ['Last lines of the build:', ...this.#log] : []),
    ].join('\n');
  }

  #event(event: NixEvent): void {
    switch (event.action) {
      case 'start':
        this.#running.set(event.id, { type: event.type, label: label(event), done: 0, expected: 0 });
        if (event.type === Activity.build || event.type === Activity.substitute) this.#show();
        return;
      case 'stop':
        this.#running.delete(event.id);
        return;
      case 'result':
        this.#result(event);
        return;
      case 'msg':
        if (event.level === ERROR_LEVEL) this.#message(event.msg);
        else if (event.level === WARNING_LEVEL) this.#warning(event.msg);
        else this.tell.log(event.msg);
    }
  }

  #result(event: Extract<NixEvent, { action: 'result' }>): void {
    const [first, second] = event.fields;
    if (event.type === Result.progress) {
      const activity = this.#running.get(event.id);
      if (activity && typeof first === 'number' && typeof second === 'number') {
        activity.done = first;
        activity.expected = second;
        this.#show();
      }
    } else if (
      (event.type === Result.buildLogLine || event.type === Result.postBuildLogLine) &&
      typeof first === 'string'
    ) {
      this.#log.push(first);
      if (this.#log.length > KEPT_LOG) this.#log.shift();
      this.tell.log(first);
    }
  }

  #message(text: string): void {
    if (text.trim() === '') return;
    const plain = withoutColour(text);
    if (/^(evaluation )?warning:/.test(plain)) this.#warning(plain);
    else this.#messages.push(plain);
    this.tell.log(plain);
  }

  #warning(text: string): void {
    this.#warnings.add(
      withoutColour(text)
        .replace(/^(evaluation )?warning:\s*/, '')
        .trim(),
    );
  }

  #show(): void {
    const text = this.#summary();
    if (text !== '') this.tell.progress(text);
  }

  #summary(): string {
    const all = [...this.#running.values()];
    const builds = all.find((activity) => activity.type === Activity.builds);
    const copies = all.find((activity) => activity.type === Activity.copyPaths);
    const building = all.filter((activity) => activity.type === Activity.build).at(-1);
    const fetching = all.filter((activity) => activity.type === Activity.substitute).at(-1);
    const bytes = all.filter(
      (activity) => activity.type === Activity.fileTransfer || activity.type === Activity.copyPath,
    );
    const parts: string[] = [];
    if (builds && builds.expected > 0) parts.push(`${builds.done} of ${builds.expected} built`);
    if (copies && copies.expected > 0) parts.push(`${copies.done} of ${copies.expected} fetched`);
    const done = sum(bytes.map((activity) => activity.done));
    const expected = sum(bytes.map((activity) => activity.expected));
    if (expected > 0) parts.push(`${mebibytes(done)} of ${mebibytes(expected)} MiB`);
    const now = building?.label ?? fetching?.label;
    return [now, parts.join(', ')].filter(Boolean).join(' · ');
  }
}

function label(event: Extract<NixEvent, { action: 'start' }>): string {
  const [path] = event.fields;
  if (event.type === Activity.build && typeof path === 'string') return `building ${storeName(path)}`;
  if (event.type === Activity.substitute && typeof path === 'string') return `fetching ${storeName(path)}`;
  return event.text;
}

/** Shortens `/nix/store/HASH-name.drv` to `name`. */
const storeName = (path: string) => path.replace(/^.*\/[0-9a-z]{32}-/, '').replace(/\.drv$/, '');
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const withoutColour = (text: string) => text.replace(/\u001b\[[0-9;]*m/g, '');
