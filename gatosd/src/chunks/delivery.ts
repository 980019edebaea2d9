/** Handing checked bytes on in their order, while the next ones are being checked. */
import { Writable } from 'node:stream';
import type { GetDone, PlainTarget } from './chunk-work.js';

/**
 * A file; a `Writable`, which is not ended; or a function, which may use the bytes until the promise that it returns resolves. Null checks
 * everything and keeps nothing.
 */
export type Sink = FileSink | Writable | ((bytes: Uint8Array, offset: number) => void | Promise<void>) | null;

export interface FileSink {
  readonly path: string;
  /** Flushed to the disk; by default it is. */
  readonly fsync?: boolean | undefined;
}

export function isFileSink(sink: Sink): sink is FileSink {
  return sink !== null && typeof sink === 'object' && !(sink instanceof Writable);
}

export interface Part {
  readonly offset: number;
  readonly length: number;
}

export interface Delivery {
  /** Begins at once, and hands on after all that was passed before. Rejects when that did. */
  pass(fetch: (to: PlainTarget) => Promise<GetDone>, part: Part): Promise<void>;
  close(): void;
}

/** Null where nothing is to be handed on. */
export function deliveryTo(sink: Exclude<Sink, FileSink>): Delivery | null {
  if (sink === null) return null;
  if (typeof sink === 'function') return new InOrder(sink, true);
  const ignore = (): void => undefined;
  // A stream that breaks says so twice: to the write that failed, which is heard, and by an event.
  sink.on('error', ignore);
  // A stream may hold on to what it was given.
  return new InOrder(
    (bytes) => writeTo(sink, bytes),
    false,
    () => sink.off('error', ignore),
  );
}

function writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

class InOrder implements Delivery {
  readonly #free: ArrayBuffer[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly give: (bytes: Uint8Array, offset: number) => void | Promise<void>,
    private readonly reuse: boolean,
    readonly close: () => void = () => undefined,
  ) {}

  pass(fetch: (to: PlainTarget) => Promise<GetDone>, { offset, length }: Part): Promise<void> {
    const before = this.#last;
    const fetching = fetch({ is: 'bytes', into: this.#free.pop() ?? null });
    const mine = (async () => {
      const [{ bytes = new ArrayBuffer(0) }] = await Promise.all([fetching, before]);
      await this.give(new Uint8Array(bytes, 0, length), offset);
      if (this.reuse) this.#free.push(bytes);
    })();
    this.#last = mine;
    return mine;
  }
}
