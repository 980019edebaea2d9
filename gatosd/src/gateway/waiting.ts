/** Waiting for whoever invokes the tool. */
import { effectShard, refOfChain } from 'gatos-core';
import { watchRefs } from 'gatos-core/node';
import type { Workspace } from '../workspace.js';

export interface WaitRequest<T> {
  readonly id: Uint8Array;
  /** Milliseconds. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The remote of the workspace is asked for news so often; absent: it has none. */
  readonly refreshMs?: number | undefined;
  /** Null while there is nothing to be had; `until` (µs) is when to look again at the latest. */
  look(): Promise<{ readonly got: T | null; readonly until: number }>;
}

const MICROS = 1000;

/** What `look` got, or null when the time is over. Throws what it throws, and the reason of the signal. */
export async function waitFor<T>(
  { backend, repository, refresh }: Workspace,
  request: WaitRequest<T>,
): Promise<T | null> {
  const { id, waitMs, signal, refreshMs, look } = request;
  const { clock } = repository.ports;
  const ref = refOfChain(effectShard(id));
  // Not the machine's clock, which may be set meanwhile.
  const end = performance.now() + waitMs;
  const watch = watchRefs(backend.commonDir, { prefixes: [ref], signal });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const found = await look();
      if (found.got !== null) return found.got;
      const left = end - performance.now();
      if (left <= 0) return null;
      const next = Math.max(1, (found.until - clock.now()) / MICROS);
      await watch.next({ within: Math.min(left, next, refreshMs ?? left) });
      if (refreshMs !== undefined) await refresh([ref]);
    }
  } finally {
    watch.dispose();
  }
}
