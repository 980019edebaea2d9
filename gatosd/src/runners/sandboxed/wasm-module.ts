/**
 * Makes a module ready to run: what it may not have is refused by name, and the limits of its memory and tables are lowered, so that
 * growing them fails inside the program.
 */
import { concatBytes, LIMITS } from 'gatos-core';
import { Ending, overLimit } from './messages.js';
import { SIGNATURES } from './wasi-codes.js';
import { ModuleFault, ModuleReader, writeU32 } from './wasm-reader.js';

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const SECTION = { custom: 0, type: 1, import: 2, function: 3, table: 4, memory: 5, export: 7 } as const;
/** Each at most once, in this order; 13 holds tags, 12 counts data segments. */
const ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const PAGE = 65_536;
const PAGES = 65_536;
const WASI = 'wasi_snapshot_preview1';

const FUNCTION_TYPE = 0x60;
const LIMIT_FLAGS = { maximum: 0x01, shared: 0x02, wide: 0x04 } as const;
const IMPORT_KINDS = ['function', 'table', 'memory', 'global', 'tag'];
const EXTERNAL = { function: 0, memory: 2 } as const;
/** Letters of SIGNATURES; a type that no function of WASI has is a question mark. */
const VALUE_TYPES = new Map([
  [0x7f, 'i'],
  [0x7e, 'I'],
  [0x7d, 'f'],
  [0x7c, 'F'],
  [0x7b, 'v'],
  [0x70, '?'],
  [0x6f, '?'],
]);

interface Found {
  /** Functions that it may import. */
  readonly imports: 'wasi' | 'none';
  readonly types: string[];
  /** The type of each function, imported ones first. */
  readonly functions: number[];
  memories: number;
  readonly exports: Map<string, { readonly kind: number; readonly index: number }>;
}

/** The command to compile. Throws an `Ending` that names what is wrong. */
export function prepareModule(bytes: Uint8Array, memoryBytes: number): Uint8Array {
  return prepare(bytes, { memoryBytes, imports: 'wasi', check: checkCommand });
}

/** As `prepareModule`, of a module that is called: it imports nothing, and shows `memory`, `alloc` and `call`. */
export function prepareCallable(bytes: Uint8Array, memoryBytes: number): Uint8Array {
  return prepare(bytes, { memoryBytes, imports: 'none', check: checkCallable });
}

interface Wanted {
  readonly memoryBytes: number;
  readonly imports: Found['imports'];
  check(found: Found): void;
}

function prepare(bytes: Uint8Array, { memoryBytes, imports, check }: Wanted): Uint8Array {
  try {
    const found: Found = { imports, types: [], functions: [], memories: 0, exports: new Map() };
    const prepared = rewrite(bytes, found, Math.min(PAGES, Math.floor(memoryBytes / PAGE)));
    check(found);
    return prepared;
  } catch (error) {
    if (error instanceof ModuleFault) throw new Ending({ status: 'failed', exit: null, failure: error.why });
    throw error;
  }
}

function rewrite(bytes: Uint8Array, found: Found, pages: number): Uint8Array {
  const reader = new ModuleReader(bytes);
  if (bytes.length < MAGIC.length || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new ModuleFault('the program is no WebAssembly module of version 1');
  const parts = [reader.take(MAGIC.length)];
  let before = -1;
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const content = reader.part();
    if (id !== SECTION.custom) {
      const place = ORDER.indexOf(id);
      if (place < 0) throw new ModuleFault(`the module has a section of unknown kind ${id} at byte ${start}`);
      if (place <= before)
        throw new ModuleFault(`the module has section ${id} at byte ${start} twice, or out of order`);
      before = place;
    }
    const changed = readSection(id, content, found, pages);
    parts.push(
      changed === undefined
        ? bytes.subarray(start, reader.at)
        : new Uint8Array([id, ...writeU32(changed.length), ...changed]),
    );
  }
  return concatBytes(parts);
}

/** New content for a section that has to change. */
function readSection(id: number, content: ModuleReader, found: Found, pages: number): number[] | undefined {
  switch (id) {
    case SECTION.type:
      for (let left = content.count(); left > 0; left--) found.types.push(readType(content));
      break;
    case SECTION.import:
      for (let left = content.count(); left > 0; left--) readImport(content, found);
      break;
    case SECTION.function:
      for (let left = content.count(); left > 0; left--) found.functions.push(content.u32());
      break;
    case SECTION.table:
      return lowerTables(content);
    case SECTION.memory:
      return lowerMemory(content, found, pages);
    case SECTION.export:
      for (let left = content.count(); left > 0; left--) {
        const name = content.name();
        found.exports.set(name, { kind: content.byte(), index: content.u32() });
      }
      break;
    default:
      return undefined;
  }
  content.expectDone();
  return undefined;
}

function readType(content: ModuleReader): string {
  const form = content.byte();
  if (form !== FUNCTION_TYPE)
    throw new ModuleFault(`the module has a type of form 0x${form.toString(16)}, and only functions are supported`);
  const list = (): string => {
    let text = '';
    for (let left = content.count(); left > 0; left--) {
      const letter = VALUE_TYPES.get(content.byte());
      if (letter === undefined) throw content.fault('a value type that is not supported');
      text += letter;
    }
    return text;
  };
  return `${list()}>${list()}`;
}

function readImport(content: ModuleReader, { imports, types, functions }: Found): void {
  const module = content.name();
  const name = content.name();
  const kind = content.byte();
  const what = `\`${module}.${name}\``;
  if (imports === 'none') throw new ModuleFault(`the module imports ${what}, and a tool may import nothing`);
  if (kind !== EXTERNAL.function)
    throw new ModuleFault(
      `the module imports the ${IMPORT_KINDS[kind] ?? 'unknown thing'} ${what}; it may import functions of \`${WASI}\` only`,
    );
  const index = content.u32();
  functions.push(index);
  if (module !== WASI) throw new ModuleFault(`the module imports ${what}; it may import functions of \`${WASI}\` only`);
  const expected = Object.hasOwn(SIGNATURES, name) ? SIGNATURES[name] : undefined;
  if (expected === undefined) throw new ModuleFault(`the module imports ${what}, which is not in WASI preview 1`);
  if (types[index] !== expected) throw new ModuleFault(`the module imports ${what} with another type than it has`);
}

interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
}

function readLimits(content: ModuleReader, what: string): Limits {
  const flags = content.byte();
  if ((flags & LIMIT_FLAGS.shared) !== 0)
    throw new ModuleFault(`the module has a shared ${what}, and threads are not supported`);
  if ((flags & LIMIT_FLAGS.wide) !== 0)
    throw new ModuleFault(`the module has a 64-bit ${what}, which is not supported`);
  if (flags > LIMIT_FLAGS.maximum) throw new ModuleFault(`the module has a ${what} of unknown kind ${flags}`);
  const minimum = content.u32();
  return { minimum, maximum: flags === LIMIT_FLAGS.maximum ? content.u32() : undefined };
}

function lowered({ minimum, maximum }: Limits, limit: number): number[] {
  return [LIMIT_FLAGS.maximum, ...writeU32(minimum), ...writeU32(Math.min(maximum ?? limit, limit))];
}

function lowerMemory(content: ModuleReader, found: Found, pages: number): number[] {
  const count = content.count();
  if (count > 1) throw new ModuleFault(`the module has ${count} memories, and one is supported`);
  found.memories = count;
  const changed: number[] = [...writeU32(count)];
  if (count === 1) {
    const limits = readLimits(content, 'memory');
    if (limits.minimum > pages)
      throw overLimit(
        `the module asks for ${limits.minimum * PAGE} bytes of memory at its start, the limit is ${pages * PAGE}`,
      );
    changed.push(...lowered(limits, pages));
  }
  content.expectDone();
  return changed;
}

function lowerTables(content: ModuleReader): number[] {
  const count = content.count();
  if (count > LIMITS.wasmTables)
    throw new ModuleFault(`the module has ${count} tables, the limit is ${LIMITS.wasmTables}`);
  const changed: number[] = [...writeU32(count)];
  for (let left = count; left > 0; left--) {
    const type = content.byte();
    if (type !== 0x70 && type !== 0x6f) throw content.fault('a table of a type that is not supported');
    const limits = readLimits(content, 'table');
    if (limits.minimum > LIMITS.wasmTableEntries)
      throw overLimit(
        `the module asks for a table of ${limits.minimum} entries, the limit is ${LIMITS.wasmTableEntries}`,
      );
    changed.push(type, ...lowered(limits, LIMITS.wasmTableEntries));
  }
  content.expectDone();
  return changed;
}

/** A command has `_start`, and shows its memory if it has one. */
function checkCommand({ types, functions, memories, exports }: Found): void {
  const start = exports.get('_start');
  if (start === undefined) {
    const why = exports.has('_initialize') ? 'it is a library (it exports `_initialize`)' : 'it is no program';
    throw new ModuleFault(`the module exports no \`_start\`: ${why}; build it as a WASI command`);
  }
  if (start.kind !== EXTERNAL.function || types[functions[start.index] ?? -1] !== '>')
    throw new ModuleFault('the module exports a `_start` that is no function without parameters and results');
  const memory = exports.get('memory');
  if (memories > 0 && memory !== undefined && memory.kind !== EXTERNAL.memory)
    throw new ModuleFault('the module exports a `memory` that is none');
}

/** A tool makes room for its request (`alloc`), and says where its answer is (`call`). */
function checkCallable({ types, functions, memories, exports }: Found): void {
  const typeOf = (name: string): string | undefined => {
    const found = exports.get(name);
    return found?.kind === EXTERNAL.function ? types[functions[found.index] ?? -1] : undefined;
  };
  if (memories !== 1 || exports.get('memory')?.kind !== EXTERNAL.memory)
    throw new ModuleFault('the module exports no `memory` of its own');
  if (typeOf('alloc') !== 'i>i')
    throw new ModuleFault('the module exports no `alloc` that takes an i32 and gives an i32');
  if (typeOf('call') !== 'ii>I')
    throw new ModuleFault('the module exports no `call` that takes two i32 and gives an i64');
}
