/**
 * Zstandard by Node where it has it (22.15 and later) and by WebAssembly elsewhere. Two encoders may write different bytes for
 * the same plain ones; what names a chunk or a packet is the hash of the bytes that are stored, so nothing depends on which one it was.
 */
import zlib from 'node:zlib';
import { type ZstdCodec, zstdContentSize } from '../src/mythos/index.js';

export interface Zstd extends ZstdCodec {
  readonly by: 'node' | 'wasm';
}

interface NativeZstd {
  readonly zstdCompressSync: (bytes: Uint8Array, options: { params: Record<number, number> }) => Uint8Array;
  readonly zstdDecompressSync: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
}

function nativeZstd(): Zstd | undefined {
  const native = zlib as unknown as Partial<NativeZstd>;
  const { zstdCompressSync, zstdDecompressSync, constants } = native;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined || constants === undefined) return undefined;
  return {
    by: 'node',
    compress: (plain, level) => zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
    // Node refuses a bound of zero.
    decompress: (stored, most) => zstdDecompressSync(stored, { maxOutputLength: Math.max(1, most) }),
  };
}

async function loadWasm(): Promise<Zstd> {
  const loaded = await import('@bokuweb/zstd-wasm');
  // It is CommonJS: some loaders give its exports one by one, all give them as the default.
  const module = 'default' in loaded ? (loaded.default as typeof loaded) : loaded;
  await module.init();
  return {
    by: 'wasm',
    compress: (plain, level) => module.compress(plain, level),
    decompress: (stored, most) => {
      // It takes memory for what a frame announces, so that is looked at before.
      const announced = zstdContentSize(stored);
      if (announced !== undefined && announced > most)
        throw new RangeError(`it announces ${announced} bytes, the most is ${most}`);
      try {
        return module.decompress(stored, { defaultHeapSize: Math.max(1, most) });
      } catch (error) {
        // It says `Failed to compress` here too.
        throw new RangeError('it is no sound Zstandard, or has more bytes than it may', { cause: error });
      }
    },
  };
}

let wasm: Promise<Zstd> | undefined;

/** Once: a second `init` would take the memory away from under whoever uses the first. */
function wasmZstd(): Promise<Zstd> {
  wasm ??= loadWasm();
  return wasm;
}

let loading: Promise<Zstd> | undefined;

/** The one that this Node can run, loaded once. */
export function loadZstd(): Promise<Zstd> {
  loading ??= Promise.resolve(nativeZstd() ?? wasmZstd());
  return loading;
}

/** The portable one, whatever Node has. */
export function loadWasmZstd(): Promise<Zstd> {
  return wasmZstd();
}
