import { hostLayout, type Layout } from '../host/layout.js';
import { type Listener, type PipelineEvent, warningOf } from '../pipeline/events.js';
import type { Lifecycle, Warning } from '../plugins/lifecycle.js';
import { noPlugins } from '../plugins/none.js';

/** What every operation takes in addition to its request. All fields are optional. */
export interface OperationOptions {
  /** Prefix of every path; default `/`. */
  root?: string | undefined;
  /** Another directory for .nspawn files; default `/etc/systemd/nspawn`. */
  unitFileDir?: string | undefined;
  /** Ends the operation, which then undoes what it did and throws `interrupted`. */
  signal?: AbortSignal | undefined;
  /** Called with each step, its progress, and warnings, as they happen. */
  onEvent?: ((event: PipelineEvent) => void) | undefined;
  /** Seconds to wait for another run on the same container; default 0. */
  wait?: number | undefined;
  /**
   * Seconds to wait, after a start, for the addresses that the container's networkd is configured for; default 20, 0
   * does not wait. If the container still has none after that, the operation warns with `no-address`.
   */
  waitOnline?: number | undefined;
  /** Whether to show full traces of Nix's evaluation errors; default false. */
  showTrace?: boolean | undefined;
  /** What plugins add; default nothing. */
  lifecycle?: Lifecycle | undefined;
}

export interface Context {
  layout: Layout;
  signal: AbortSignal;
  listener: Listener;
  wait: number;
  waitOnline: number;
  showTrace: boolean;
  lifecycle: Lifecycle;
  /** Collected during the whole operation, for its result. */
  warnings: Warning[];
}

export function operationContext(options: OperationOptions): Context {
  const warnings: Warning[] = [...(options.lifecycle?.problems ?? [])];
  return {
    layout: hostLayout(options),
    signal: options.signal ?? new AbortController().signal,
    listener: (event) => {
      const warning = warningOf(event);
      if (warning !== null) {
        const { code, message } = warning;
        if (warnings.some((known) => known.code === code && known.message === message)) return;
        warnings.push({ code, message });
      }
      options.onEvent?.(event);
    },
    wait: options.wait ?? 0,
    waitOnline: options.waitOnline ?? 20,
    showTrace: options.showTrace ?? false,
    lifecycle: options.lifecycle ?? noPlugins,
    warnings,
  };
}
