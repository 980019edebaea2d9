/**
 * What we know of the inside of the one pinned binary: `dist/emscripten-module.wasm` of @jitl/quickjs-wasmfile-release-sync.
 * Its own loader is not used: it reads clock, time zone, locale and environment of the host, prints, and sets exit codes.
 * The names are those of the package's loader, and a test compares the two tables.
 */

/** Exported functions by the names that quickjs-emscripten gives them. */
export const EXPORTS = {
  malloc: 'v',
  free: 'M',
  QTS_RuntimeSetMaxStackSize: 'D',
  QTS_GetUndefined: 'E',
  QTS_NewRuntime: 'K',
  QTS_NewContext: 'N',
  QTS_FreeValuePointer: 'P',
  QTS_FreeCString: 'S',
  QTS_NewArrayBuffer: 'X',
  QTS_GetFloat64: 'Z',
  QTS_NewString: '_',
  QTS_GetString: '$',
  QTS_GetArrayBuffer: 'aa',
  QTS_GetArrayBufferLength: 'ba',
  QTS_GetOwnPropertyNames: 'la',
  QTS_GetProp: 'ha',
  QTS_Call: 'ma',
  QTS_ResolveException: 'na',
  QTS_Eval: 'pa',
  QTS_NewFunction: 'Da',
  QTS_RuntimeEnableInterruptHandler: 'Fa',
  QTS_bjson_encode: 'Ja',
  QTS_bjson_decode: 'Ka',
} as const;

/** Exports of emscripten itself. */
export const START = 'u';
export const STACK_RESTORE = 'Ma';
export const STACK_SAVE = 'Oa';

/** Intrinsics of the guest: base objects, eval (closed again after start), string normalisation, JSON, Map and Set. */
export const INTRINSICS = (1 << 0) | (1 << 2) | (1 << 3) | (1 << 6) | (1 << 8);

/** Layout of the linear memory, in bytes. */
export const MEMORY = {
  page: 65_536,
  /** Free bytes below the first data segment, for short texts from the host. */
  scratch: 16,
  /** Static data ends here; the C stack lies between this and `heap`, and grows down. */
  data: 90_208,
  /** The part of it that the stack never reaches (see STACK_BYTES): what the host hands in lies here, and takes no heap. */
  inbox: 90_208,
  inboxBytes: 4 * 1024 * 1024,
  /** The heap starts here. */
  heap: 5_333_088,
  /** Where `sbrk` keeps the end of the heap. */
  brk: 86_864,
} as const;

/** Offset of `eval_internal` in JSContext: the pointer through which all code is compiled. Zero means "eval is not supported". */
export const EVAL_HOOK = 248;

/**
 * Bytes of C stack that QuickJS may use before it reports a stack overflow. The stack of the host must not end first: the
 * worst guest code takes 5 to 6 bytes there for each byte here, and V8 has 984 KiB.
 */
export const STACK_BYTES = 128 * 1024;

/** QuickJS asks the host once in so many function calls and backward jumps. */
export const POLLS_PER_INTERRUPT = 10_000;
