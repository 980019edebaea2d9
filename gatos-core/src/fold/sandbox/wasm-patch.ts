/**
 * The pinned binary with what we need changed. Each patch replaces bytes that must be found exactly once, so it fits the one
 * binary whose digest `version.ts` holds, or nothing.
 */
import { bytesEqual, concatBytes, invariant } from '../../kernel/index.js';

/** The import section, as `part` of a patch. */
const IMPORTS = 'imports';

interface Patch {
  readonly why: string;
  /** Index of the function whose body is changed, or the import section. */
  readonly part: number | typeof IMPORTS;
  readonly find: readonly number[];
  readonly replace: readonly number[];
}

const STACK_OVERFLOW_IN_PARSER = {
  find: [0x20, 0x00, 0x41, 0xfa, 0x22, 0x41, 0x00, 0x10, 0x1b],
  replace: [0x20, 0x00, 0x41, 0xfa, 0x22, 0x41, 0x00, 0x10, 0x36],
} as const;

const PATCHES: readonly Patch[] = [
  {
    // The fewest pages become 82, which is where the heap starts: the memory of a fold is capped by `maximum` alone.
    why: 'a small cap: 256 pages at least',
    part: IMPORTS,
    find: [0x61, 0x02, 0x01, 0x80, 0x02, 0x80, 0x80, 0x02],
    replace: [0x61, 0x02, 0x01, 0xd2, 0x00, 0x80, 0x80, 0x02],
  },
  {
    // JS_ThrowInternalError(ctx, format, …) becomes assert_fail(format ×4), which never returns: stack overflow, out of
    // memory and the like end the run, and no guest code can catch them, run `finally` after them or hide them.
    why: 'InternalError is catchable by the guest',
    part: 54,
    find: [0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0x41, 0x06, 0x10, 0xdf, 0x02],
    replace: [0x20, 0x01, 0x20, 0x01, 0x20, 0x01, 0x20, 0x01, 0x10, 0x00, 0x00],
  },
  { why: 'a stack overflow in the parser is a catchable SyntaxError', part: 23, ...STACK_OVERFLOW_IN_PARSER },
  { why: 'a stack overflow in JSON.parse is a catchable SyntaxError', part: 170, ...STACK_OVERFLOW_IN_PARSER },
  {
    // JS_CallInternal looks whether an error has a trace already, by the hash (atom & mask) and the number of the atom.
    why: 'the trace is looked for under its old name: hash',
    part: 221,
    find: [0x41, 0x98, 0x7e, 0x72],
    replace: [0x41, 0xfc, 0x78, 0x72],
  },
  {
    why: 'the trace is looked for under its old name: atom',
    part: 221,
    find: [0x28, 0x02, 0x00, 0x41, 0x39, 0x47, 0x04, 0x40],
    replace: [0x28, 0x02, 0x00, 0x41, 0xe0, 0x01, 0x47, 0x04, 0x40],
  },
  {
    // In build_backtrace, atom 57 ("stack") becomes atom 224, the private symbol <brand>: the host can read the trace, the
    // guest cannot see it in any way.
    why: 'errors carry a stack that shows engine and instrumentation',
    part: 348,
    find: [0x20, 0x00, 0x20, 0x01, 0x41, 0x39, 0x20, 0x08, 0x41, 0x03, 0x10, 0x1e, 0x1a],
    replace: [0x20, 0x00, 0x20, 0x01, 0x41, 0xe0, 0x01, 0x20, 0x08, 0x41, 0x03, 0x10, 0x1e, 0x1a],
  },
  {
    // JS_CopyDataProperties (object spread and rest, Object.assign) tells how many properties it is about to copy, through the
    // import that was exit: looking at the object first from outside would cost as much again.
    why: 'copying the properties of an object costs no gas',
    part: 739,
    find: [0x20, 0x07, 0x28, 0x02, 0x28, 0x21, 0x0b],
    replace: [0x20, 0x07, 0x28, 0x02, 0x28, 0x21, 0x0b, 0x20, 0x0b, 0x10, 0x10],
  },
  {
    // js_dtoa2(ctx, d, radix, n_digits, flags) tries the nearest decimal of each length only, so 54 powers of two get 17
    // digits where 16 suffice (ECMA-262 6.1.6.1.20). It starts with: if the mantissa bits are zero, the radix is ten and
    // the format is free, take the text that the host knows for `d`, if any, through the import that was setitimer.
    //   local.get 1; i64.reinterpret_f64; i64.const 2^52-1; i64.and; i64.eqz; local.get 2; i32.const 10; i32.eq; i32.and;
    //   local.get 4; i32.const 3; i32.and; i32.eqz; i32.and; if; local.get 4; local.get 1; call 8; local.tee 5; if;
    //   local.get 0; local.get 5; call 297 (JS_NewString); return; end; end
    why: 'the decimal form of some powers of two is not the shortest',
    part: 282,
    find: [0x02, 0x0f, 0x7f, 0x05, 0x7e, 0x23, 0x00, 0x41, 0xc0, 0x03],
    replace: [
      ...[0x02, 0x0f, 0x7f, 0x05, 0x7e],
      ...[0x20, 0x01, 0xbd, 0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07, 0x83, 0x50],
      ...[0x20, 0x02, 0x41, 0x0a, 0x46, 0x71, 0x20, 0x04, 0x41, 0x03, 0x71, 0x45, 0x71, 0x04, 0x40],
      ...[0x20, 0x04, 0x20, 0x01, 0x10, 0x08, 0x22, 0x05, 0x04, 0x40],
      ...[0x20, 0x00, 0x20, 0x05, 0x10, 0xa9, 0x02, 0x0f, 0x0b, 0x0b],
      ...[0x23, 0x00, 0x41, 0xc0, 0x03],
    ],
  },
];

const HEADER_BYTES = 8;
const IMPORT_SECTION = 2;
const CODE_SECTION = 10;
/** Functions of the index space that are imported and so have no body. */
const IMPORTED_FUNCTIONS = 19;

/** The patched binary. The digest of `wasm` must have been checked. */
export function patchWasm(wasm: Uint8Array): Uint8Array {
  const out: Uint8Array[] = [wasm.subarray(0, HEADER_BYTES)];
  let at = HEADER_BYTES;
  while (at < wasm.length) {
    const id = wasm[at] as number;
    const size = readSize(wasm, at + 1);
    const end = size.next + size.value;
    const content = wasm.subarray(size.next, end);
    const patched =
      id === IMPORT_SECTION ? applyPatches(content, IMPORTS) : id === CODE_SECTION ? patchCode(content) : content;
    out.push(Uint8Array.of(id), encodeSize(patched.length), patched);
    at = end;
  }
  return concatBytes(out);
}

function patchCode(code: Uint8Array): Uint8Array {
  const count = readSize(code, 0);
  const out: Uint8Array[] = [code.subarray(0, count.next)];
  let at = count.next;
  for (let i = 0; i < count.value; i++) {
    const size = readSize(code, at);
    at = size.next + size.value;
    const body = applyPatches(code.subarray(size.next, at), i + IMPORTED_FUNCTIONS);
    out.push(encodeSize(body.length), body);
  }
  return concatBytes(out);
}

function applyPatches(bytes: Uint8Array, part: Patch['part']): Uint8Array {
  let out = bytes;
  for (const patch of PATCHES) if (patch.part === part) out = applyPatch(out, patch);
  return out;
}

function applyPatch(bytes: Uint8Array, { find, replace, why }: Patch): Uint8Array {
  const wanted = Uint8Array.from(find);
  const places: number[] = [];
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (bytesEqual(bytes.subarray(at, at + wanted.length), wanted)) places.push(at);
  }
  const [place] = places;
  invariant(place !== undefined && places.length === 1, `the patch "${why}" fits in one place`);
  return concatBytes([bytes.subarray(0, place), Uint8Array.from(replace), bytes.subarray(place + wanted.length)]);
}

/** LEB128. */
function readSize(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let next = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[next++] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next };
  }
}

function encodeSize(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...out, rest]);
}
