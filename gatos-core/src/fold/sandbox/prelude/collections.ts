/** Map, Set, symbols and iterators. */
export const COLLECTIONS = `
// Items for a constructor that runs over them natively.
const items = (value) => value === null || value === undefined ? [] : [isArray(value) ? spread(value) : spread(toThis(value))];
const wrapped = (Native, name) => {
  const made = { [name]: function (iterable) {
    if (new.target === undefined) throw new fault(name + ' must be called with new');
    return construct(Native, items(iterable), new.target);
  } }[name];
  dress(made, Native);
  defineProperty(made, 'prototype', { value: Native.prototype, writable: false });
  put(Native.prototype, 'constructor', made);
  put(world, name, made);
  return made;
};
const GuestMap = wrapped(NativeMap, 'Map');
wrapped(NativeSet, 'Set');
put(GuestMap, 'groupBy', dress({ groupBy(entries, fn) {
  const out = new NativeMap();
  group(entries, fn, (key, item) => {
    const list = apply(mapGet, out, [key]);
    if (list === undefined) apply(mapSet, out, [key, [item]]);
    else list[list.length] = item;
  });
  return out;
} }.groupBy, NativeMap.groupBy ?? { name: 'groupBy', length: 2 }));
const { get: mapGet, set: mapSet } = NativeMap.prototype;
for (const [owner, size] of [[NativeMap.prototype, mapSize], [NativeSet.prototype, setSize]]) {
  replace(owner, 'forEach', (native) => ({ method(fn, self) {
    charge(1 + apply(size, this, []));
    return apply(native, this, [fn, self]);
  } }).method);
}
keep(NativeMap.prototype, ['constructor', 'get', 'set', 'has', 'delete', 'clear', 'size', 'forEach', 'keys', 'values', 'entries', iteratorOf, Symbol.toStringTag]);
keep(NativeSet.prototype, ['constructor', 'add', 'has', 'delete', 'clear', 'size', 'forEach', 'keys', 'values', 'entries', iteratorOf, Symbol.toStringTag]);

const IteratorPrototype = getPrototypeOf(ArrayIteratorPrototype);
const StringIteratorPrototype = getPrototypeOf(''[iteratorOf]());
const MapIteratorPrototype = getPrototypeOf(new NativeMap()[iteratorOf]());
const SetIteratorPrototype = getPrototypeOf(new NativeSet()[iteratorOf]());
const GeneratorPrototype = GeneratorFunctionPrototype.prototype;
keep(IteratorPrototype, [iteratorOf]);
for (const owner of [ArrayIteratorPrototype, StringIteratorPrototype, MapIteratorPrototype, SetIteratorPrototype]) keep(owner, ['next', Symbol.toStringTag]);
keep(GeneratorPrototype, ['constructor', 'next', 'return', 'throw', Symbol.toStringTag]);
// The well-known symbols cannot be deleted from the native constructor, so the fold gets another one, without those that steer natives.
const NativeSymbol = Symbol;
const GuestSymbol = dress({ Symbol(description) { return description === undefined ? NativeSymbol() : NativeSymbol(text(description)); } }.Symbol, NativeSymbol);
for (const name of ['iterator', 'hasInstance', 'toPrimitive', 'toStringTag', 'prototype']) {
  defineProperty(GuestSymbol, name, { value: NativeSymbol[name], writable: false, enumerable: false, configurable: false });
}
for (const name of ['for', 'keyFor']) put(GuestSymbol, name, dress({ method(value) { return NativeSymbol[name](value); } }.method, NativeSymbol[name]));
put(NativeSymbol.prototype, 'constructor', GuestSymbol);
put(world, 'Symbol', GuestSymbol);
keep(Symbol.prototype, ['constructor', 'toString', 'valueOf', 'description', Symbol.toPrimitive, Symbol.toStringTag]);
`;
