/** Names of the outer world that people reach for, and what a fold uses instead. */

/** Globals of the sandbox; the prelude removes all others (a test compares the two). */
export const GLOBALS: readonly string[] = [
  'Array',
  'Boolean',
  'Error',
  'EvalError',
  'Infinity',
  'JSON',
  'Map',
  'Math',
  'NaN',
  'Number',
  'Object',
  'RangeError',
  'ReferenceError',
  'Reflect',
  'Set',
  'String',
  'Symbol',
  'SyntaxError',
  'TypeError',
  'URIError',
  'decodeURI',
  'decodeURIComponent',
  'encodeURI',
  'encodeURIComponent',
  'isFinite',
  'isNaN',
  'parseFloat',
  'parseInt',
  'undefined',
];

export interface Refusal {
  readonly why: string;
  readonly alternative: string;
}

const CLOCK: Refusal = {
  why: 'a fold has no clock: it must give the same state on every machine, at any time',
  alternative:
    'use `event.time` (microseconds since 1970 in UTC) or a time in `event.payload`; divide and take remainders to get days',
};
const TIMERS: Refusal = {
  why: 'a fold has no timers: it runs once for each event and ends',
  alternative: 'keep what is to happen later in the state, and act on it when a later event comes',
};
const ASYNC: Refusal = {
  why: 'a fold is synchronous',
  alternative: 'return the next state; record what comes from outside as an event of its own',
};
const RANDOM: Refusal = {
  why: 'a fold has no randomness',
  alternative: 'draw before recording and put the result into the payload of the event, or derive it from `event.ulid`',
};
const CODE: Refusal = {
  why: 'a fold cannot make code from text',
  alternative: 'write the code into the module, or choose among functions in an object',
};
const BINARY: Refusal = {
  why: 'a fold has no binary arrays: they show bit patterns of numbers, which may differ between machines',
  alternative: 'use an array of numbers, or text (hexadecimal, base64) in the payload',
};
const WEAK: Refusal = { why: 'a fold cannot see when memory is freed', alternative: 'use `Map` or `Set`' };
const PROXY: Refusal = { why: 'a fold has no proxies', alternative: 'use a plain object, a class or a `Map`' };
const LOCALE: Refusal = {
  why: 'a fold has no locale: machines differ in it',
  alternative: 'compare with `<` and `>`, and format with `toFixed`, `padStart` and template literals',
};
const REGEX: Refusal = {
  why: 'a fold has no regular expressions: what they cost cannot be counted exactly',
  alternative: 'use `includes`, `indexOf`, `startsWith`, `split` and `slice`, or a loop over the characters',
};
const BIGINT: Refusal = {
  why: 'a fold has no BigInt: what its operators cost cannot be counted exactly',
  alternative: 'use numbers up to 2^53, or two of them, or digits in a text',
};
const OUTSIDE: Refusal = {
  why: 'a fold sees nothing but its state and the event',
  alternative: 'put what it needs into the payload of an event, or into `initial` of `fold.json`',
};
const OUTPUT: Refusal = {
  why: 'a fold cannot print',
  alternative: 'put it into the state, or test the function with `node` before publishing it',
};
const GLOBAL: Refusal = {
  why: 'a fold has no global object',
  alternative: 'name the built-in itself, or use a variable of the module',
};

const refuse = (refusal: Refusal, ...names: readonly string[]): readonly (readonly [string, Refusal])[] =>
  names.map((name) => [name, refusal]);

export const REFUSED_GLOBALS: ReadonlyMap<string, Refusal> = new Map([
  ...refuse(CLOCK, 'Date', 'performance', 'Temporal'),
  ...refuse(
    TIMERS,
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'queueMicrotask',
    'requestAnimationFrame',
  ),
  ...refuse(ASYNC, 'Promise', 'AsyncFunction', 'AsyncIterator', 'fetch', 'XMLHttpRequest', 'WebSocket'),
  ...refuse(RANDOM, 'crypto'),
  ...refuse(CODE, 'eval', 'Function', 'GeneratorFunction', 'WebAssembly', 'require', 'importScripts'),
  ...refuse(
    BINARY,
    'ArrayBuffer',
    'SharedArrayBuffer',
    'DataView',
    'Atomics',
    'Buffer',
    'TextEncoder',
    'TextDecoder',
    'Blob',
  ),
  ...refuse(
    BINARY,
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
  ),
  ...refuse(BINARY, 'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'),
  ...refuse(WEAK, 'WeakRef', 'WeakMap', 'WeakSet', 'FinalizationRegistry'),
  ...refuse(PROXY, 'Proxy'),
  ...refuse(LOCALE, 'Intl'),
  ...refuse(REGEX, 'RegExp'),
  ...refuse(BIGINT, 'BigInt'),
  ...refuse(
    OUTSIDE,
    'process',
    'Deno',
    'Bun',
    'navigator',
    'location',
    'document',
    'localStorage',
    'module',
    'exports',
    '__dirname',
    '__filename',
  ),
  ...refuse(OUTPUT, 'console', 'print', 'alert'),
  ...refuse(GLOBAL, 'globalThis', 'window', 'self', 'global'),
  ...refuse(
    { why: 'it is not in a fold', alternative: 'copy with spread: `{ ...value }`, `[...list]`' },
    'structuredClone',
  ),
  ...refuse(
    { why: 'it is outdated', alternative: 'use `encodeURIComponent` or `decodeURIComponent`' },
    'escape',
    'unescape',
  ),
  ...refuse(
    { why: 'it is not in a fold', alternative: 'throw a `TypeError` or a class of your own' },
    'AggregateError',
    'InternalError',
    'SuppressedError',
  ),
  ...refuse(
    { why: 'iterator helpers are not in a fold', alternative: 'make an array first: `[...iterator]`' },
    'Iterator',
  ),
]);

/** Properties by object and name, such as `Math.random`. */
export const REFUSED_MEMBERS: ReadonlyMap<string, Refusal> = new Map([
  ...refuse(RANDOM, 'Math.random'),
  ...refuse(BINARY, 'Math.f16round'),
  ...refuse(ASYNC, 'Symbol.asyncIterator', 'Array.fromAsync'),
  ...refuse(REGEX, 'Symbol.match', 'Symbol.matchAll', 'Symbol.replace', 'Symbol.search', 'Symbol.split'),
  ...refuse(
    { why: 'it is not in a fold', alternative: 'return an array from the method' },
    'Symbol.species',
    'Symbol.isConcatSpreadable',
  ),
  ...refuse(
    { why: 'stacks are not in a fold', alternative: 'use the message of the error' },
    'Error.captureStackTrace',
    'Error.stackTraceLimit',
    'Error.prepareStackTrace',
  ),
]);

/** Methods by name, whatever the object. */
export const REFUSED_METHODS: ReadonlyMap<string, Refusal> = new Map([
  ...refuse(
    LOCALE,
    'localeCompare',
    'toLocaleString',
    'toLocaleLowerCase',
    'toLocaleUpperCase',
    'toLocaleDateString',
    'toLocaleTimeString',
  ),
  ...refuse(
    { why: 'it is not in a fold', alternative: 'use `Object.getPrototypeOf` and `Object.setPrototypeOf`' },
    '__proto__',
  ),
  ...refuse(
    { why: 'it is not in a fold', alternative: 'use `Object.defineProperty` and `Object.getOwnPropertyDescriptor`' },
    '__defineGetter__',
    '__defineSetter__',
    '__lookupGetter__',
    '__lookupSetter__',
  ),
]);

export const REFUSED_SYNTAX = { ASYNC, REGEX, BIGINT, CODE } as const;
