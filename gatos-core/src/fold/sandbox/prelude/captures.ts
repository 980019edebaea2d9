/**
 * The prelude is a script that runs in the guest before the fold: it takes away what is not deterministic, makes built-ins whose
 * cost grows with their input charge gas for it, and freezes what is left. Its parts are joined in `index.ts`.
 *
 * This part: the intrinsics as they were born, which all later parts use, and the prices. Gas counts function calls and loop
 * iterations, about 100 ns each; the prices below keep a unit of native work near that.
 */
export const CAPTURES = `
const { apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, set: reflectSet } = Reflect;
const { create, freeze, keys } = Object;
const { isArray } = Array;
const { clz32, max, min, trunc } = Math;
const { parse: parseJson, stringify: nativeStringify } = JSON;
const NativeMap = Map, NativeSet = Set, text = String, number = Number, fault = TypeError, outOfRange = RangeError;
const ObjectPrototype = Object.prototype, ArrayPrototype = Array.prototype, StringPrototype = String.prototype;
const world = globalThis;
// uncurry(fn)(self, ...values) is fn.call(self, ...values), and costs half of apply.
const uncurry = getPrototypeOf(() => {}).bind.bind(getPrototypeOf(() => {}).call);
const iteratorOf = Symbol.iterator;
const mapSize = getOwnPropertyDescriptor(Map.prototype, 'size').get;
const setSize = getOwnPropertyDescriptor(Set.prototype, 'size').get;
const { charCodeAt, split } = StringPrototype;
const { has: mapHas } = Map.prototype;
const { has: setHas } = Set.prototype;
const { valueOf: numberValue } = Number.prototype;

// Takes gas, and ends the run when none is left. The script of the fold puts it here: the counter is a variable of that script.
let charge = () => {};

// Gas for n elements that native code moves or compares, n characters that it copies, a search for m characters in n, a sort.
const bulk = (n) => 1 + (n - n % 4) / 4;
const chars = (n) => 1 + (n - n % 32) / 32;
const search = (n, m) => { const work = n * (m < n ? m : n) + n; return 1 + (work - work % 64) / 64; };
const sorting = (n) => 1 + n * (32 - clz32(n));

const put = (owner, name, value) => defineProperty(owner, name, { value, writable: true, enumerable: false, configurable: true });
const dress = (fn, model) => {
  defineProperty(fn, 'name', { value: model.name, configurable: true });
  defineProperty(fn, 'length', { value: model.length, configurable: true });
  return fn;
};
// Replaces owner[name] by make(native), which must be a method, so that it is no constructor.
const replace = (owner, name, make) => {
  const native = owner[name];
  put(owner, name, dress(make(native), native));
};
// Deletes every property that is not in the list.
const keep = (owner, names) => {
  const kept = new NativeSet(names);
  for (const key of ownKeys(owner)) if (!kept.has(key)) deleteProperty(owner, key);
};

const toText = (value) => typeof value === 'string' ? value : text(toThis(value));
const toThis = (value) => {
  if (value === null || value === undefined) throw new fault('called on ' + value);
  return typeof value === 'symbol' ? value + '' : value;
};
const toLength = (value) => { const n = trunc(number(value)); return n > 0 ? min(n, 9007199254740991) : 0; };
const isObject = (value) => typeof value === 'object' ? value !== null : typeof value === 'function';
`;
