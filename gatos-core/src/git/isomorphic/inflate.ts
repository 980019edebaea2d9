/** Inflating with a bound, for compressed objects whose size is not small anyway: a few bytes can stand for gigabytes. */
import { concatBytes, EMPTY_BYTES } from '../../kernel/index.js';

interface Chunks {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  cancel(): Promise<void>;
}

/** Part of every browser and of Node. Source: the Compression Streams standard; `deflate` is the zlib format of RFC 1950. */
declare class DecompressionStream {
  constructor(format: 'deflate');
  readonly readable: { getReader(): Chunks };
  readonly writable: {
    getWriter(): { write(chunk: Uint8Array): Promise<void>; close(): Promise<void>; abort(): Promise<void> };
  };
}

/** No zlib stream expands further than this. Source: zlib's technical details, "Maximum Compression Factor". */
export const INFLATION_FACTOR = 1032;

export interface Inflated {
  /** The start of the output; all of it when `complete`. */
  readonly bytes: Uint8Array;
  readonly complete: boolean;
}

/** Inflates until the end or until there are more than `limit` bytes. Throws what the platform throws on malformed input. */
export async function inflateBounded(deflated: Uint8Array, limit: number): Promise<Inflated> {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // Both sides of the stream fail together, and the readable one is the one that is awaited.
  const fed = writer.write(deflated).then(() => writer.close());
  fed.catch(() => undefined);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value = EMPTY_BYTES } = await reader.read();
    if (done) return { bytes: concatBytes(chunks), complete: true };
    chunks.push(value);
    length += value.length;
    if (length <= limit) continue;
    await reader.cancel();
    return { bytes: concatBytes(chunks), complete: false };
  }
}
