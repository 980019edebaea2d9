/** Objects, functions, errors: what counts properties charges for them, and no way leads from a function to its text or to new code. */
export const OBJECTS = `
// Set when a property with a getter or setter is made: from then on, reading the state looks at each property first.
let accessors = false;

const counting = (native) => ({ method(value) {
  const out = native(value);
  charge(bulk(out.length));
  return out;
} }).method;
const touching = (native) => ({ method(value) {
  if (isObject(value)) charge(bulk(ownKeys(value).length));
  return native(value);
} }).method;
for (const name of ['keys', 'values', 'entries', 'getOwnPropertyNames', 'getOwnPropertySymbols']) replace(Object, name, counting);
for (const name of ['freeze', 'seal', 'isFrozen', 'isSealed', 'getOwnPropertyDescriptors']) replace(Object, name, touching);
replace(Object, 'fromEntries', () => ({ method(entries) {
  const out = {};
  for (const entry of toThis(entries)) {
    charge(1);
    if (!isObject(entry)) throw new fault('not an object');
    const key = entry[0];
    defineProperty(out, key, { value: entry[1], writable: true, enumerable: true, configurable: true });
  }
  return out;
} }).method);
const group = (items, fn, add) => {
  if (typeof fn !== 'function') throw new fault('not a function');
  let i = 0;
  for (const item of toThis(items)) { charge(1); add(fn(item, i), item); i++; }
};
replace(Object, 'groupBy', () => ({ method(items, fn) {
  const out = create(null);
  group(items, fn, (given, item) => {
    const key = typeof given === 'symbol' ? given : text(given);
    const list = out[key];
    if (list === undefined) out[key] = [item];
    else list[list.length] = item;
  });
  return out;
} }).method);

// A property descriptor, read once, so that what is checked is what is used.
const FIELDS = ['enumerable', 'configurable', 'value', 'writable', 'get', 'set'];
const descriptor = (given) => {
  if (!isObject(given)) throw new fault('a property descriptor is an object');
  const out = create(null);
  for (let i = 0; i < FIELDS.length; i++) if (FIELDS[i] in given) out[FIELDS[i]] = given[FIELDS[i]];
  if ('get' in out || 'set' in out) accessors = true;
  return out;
};
const defineAll = (target, given) => {
  const source = Object(toThis(given));
  const names = ownKeys(source);
  charge(bulk(names.length));
  const ready = [];
  for (let i = 0; i < names.length; i++) {
    const own = getOwnPropertyDescriptor(source, names[i]);
    if (own !== undefined && own.enumerable) ready[ready.length] = [names[i], descriptor(source[names[i]])];
  }
  for (let i = 0; i < ready.length; i++) nativeDefine(target, ready[i][0], ready[i][1]);
  return target;
};
const nativeDefine = Object.defineProperty;
replace(Object, 'defineProperty', () => ({ method(target, key, given) { return nativeDefine(target, key, descriptor(given)); } }).method);
replace(Reflect, 'defineProperty', () => ({ method(target, key, given) { return defineProperty(target, key, descriptor(given)); } }).method);
replace(Object, 'defineProperties', () => ({ method(target, given) {
  if (!isObject(target)) throw new fault('not an object');
  return defineAll(target, given);
} }).method);
replace(Object, 'create', () => ({ method(proto, given) {
  const out = create(proto);
  return given === undefined ? out : defineAll(out, given);
} }).method);
replace(Reflect, 'ownKeys', counting);
// The arguments of a call by list; a list-like is read here, once.
const callList = (list) => {
  if (!isObject(list)) return list;
  if (!isArray(list)) return toList(list);
  charge(bulk(list.length));
  return list;
};
replace(Reflect, 'apply', (native) => ({ method(fn, self, list) { return native(fn, self, callList(list)); } }).method);
replace(Reflect, 'construct', (native) => ({ method(fn, list, ...target) { return native(fn, callList(list), ...target); } }).method);

// Before for-in, which collects all names first.
const listed = (value) => { if (isObject(value)) charge(bulk(ownKeys(value).length)); return value; };
const rest = (value) => { charge(bulk(isArray(value) ? value.length : 0)); };

const FunctionPrototype = getPrototypeOf(() => {});
const GeneratorFunctionPrototype = getPrototypeOf(function* () {});
replace(FunctionPrototype, 'apply', (native) => {
  const run = uncurry(native);
  return ({ method(self, list) { return run(this, self, callList(list)); } }).method;
});
replace(FunctionPrototype, 'bind', () => ({ method(self, ...bound) {
  const target = this;
  if (typeof target !== 'function') throw new fault('not a function');
  const out = ({ bound(...values) {
    charge(bulk(bound.length + values.length));
    return apply(target, self, [...bound, ...values]);
  } }).bound;
  const length = target.length;
  dress(out, { name: 'bound ' + (typeof target.name === 'string' ? target.name : ''), length: typeof length === 'number' ? max(0, trunc(length) - bound.length) : 0 });
  return out;
} }).method);
replace(FunctionPrototype, 'toString', () => ({ method() {
  if (typeof this !== 'function') throw new fault('not a function');
  const name = getOwnPropertyDescriptor(this, 'name');
  return 'function ' + (name !== undefined && typeof name.value === 'string' ? name.value : '') + '() { [native code] }';
} }).method);
const closed = dress({ method() { throw new fault('a fold cannot make code from text'); } }.method, { name: 'Function', length: 1 });
for (const owner of [FunctionPrototype, GeneratorFunctionPrototype]) {
  deleteProperty(owner, 'constructor');
  put(owner, 'constructor', closed);
}
keep(FunctionPrototype, ['length', 'name', 'call', 'apply', 'bind', 'toString', 'constructor', Symbol.hasInstance]);
keep(GeneratorFunctionPrototype, ['constructor', 'prototype', Symbol.toStringTag]);

keep(Object, ['length', 'name', 'prototype', 'assign', 'create', 'defineProperties', 'defineProperty', 'entries', 'freeze', 'fromEntries',
  'getOwnPropertyDescriptor', 'getOwnPropertyDescriptors', 'getOwnPropertyNames', 'getOwnPropertySymbols', 'getPrototypeOf', 'groupBy', 'hasOwn', 'is',
  'isExtensible', 'isFrozen', 'isSealed', 'keys', 'preventExtensions', 'seal', 'setPrototypeOf', 'values']);
keep(ObjectPrototype, ['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toString', 'valueOf']);

const InternalErrorPrototype = InternalError.prototype;
const errors = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, InternalError];
for (const kind of errors) {
  keep(kind, ['length', 'name', 'prototype']);
  keep(kind.prototype, ['constructor', 'name', 'message', 'toString']);
}
`;
