/** From a source that pushes to one that is pulled from: at any time one piece is on its way. */

export type Give = (bytes: Uint8Array) => Promise<void>;

/** What `run` gives, piece by piece; each piece is good until the next one is asked for. When nobody asks any more, giving fails. */
export async function* piped(run: (give: Give) => Promise<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  const gone = new Error('nobody reads any more');
  let left = false;
  let ready: Uint8Array | null = null;
  let taken: (() => void) | null = null;
  let wake: () => void = () => undefined;
  let state: { readonly error: unknown } | 'done' | 'running' = 'running';
  const give: Give = (bytes) =>
    new Promise((resolve, reject) => {
      if (left) return reject(gone);
      ready = bytes;
      taken = () => (left ? reject(gone) : resolve());
      wake();
    });
  const running = run(give).then(
    () => {
      state = 'done';
      wake();
    },
    (error: unknown) => {
      state = { error };
      wake();
    },
  );
  try {
    for (;;) {
      const piece = ready as Uint8Array | null;
      if (piece === null) {
        const now = state as { readonly error: unknown } | 'done' | 'running';
        if (now === 'done') return;
        if (now !== 'running') throw now.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (ready !== null || state !== 'running') resolve();
        });
        continue;
      }
      yield piece;
      ready = null;
      (taken as (() => void) | null)?.();
    }
  } finally {
    left = true;
    (taken as (() => void) | null)?.();
    await running;
  }
}
