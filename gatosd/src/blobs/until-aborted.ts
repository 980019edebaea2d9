/** A source that may be silent for hours, such as a terminal or a pipe, which a signal has to reach all the same. */
import type { Abort } from 'gatos-core';

/** Gives what the source gives; throws the reason of the signal when that comes, also while nothing does. */
export async function* untilAborted(
  source: AsyncIterable<Uint8Array>,
  signal: Abort | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!(signal instanceof AbortSignal)) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  let leave: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });
  aborted.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), aborted]);
      if (done === true) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', leave);
    const ended = iterator.return?.();
    // One that is waited for ends only when something comes.
    if (signal.aborted) ended?.catch(() => undefined);
    else await ended;
  }
}
