/**
 * Arrays. Every method whose cost grows with the length charges for it before it runs. The natives loop up to \`length\`
 * without asking anyone, so they get true arrays only: a list-like object with a length of 2^53 would hold them forever.
 */
export const ARRAYS = `
// A true array of what a list-like holds; its length is read once.
const toList = (value) => {
  const source = Object(toThis(value));
  const length = toLength(source.length);
  charge(length);
  const list = [];
  for (let i = 0; i < length; i++) if (i in source) list[i] = source[i];
  list.length = length;
  return list;
};
const arrayOf = (value) => isArray(value) ? value : toList(value);
const ownArray = (value) => {
  if (!isArray(value)) throw new fault('in a fold this method changes arrays only');
  return value;
};
const needle = (value) => typeof value === 'string' ? chars(value.length) : 1;

// The natives below take an absent argument and undefined for the same; the other ones are called with the list of arguments.
const reading = (price) => (native) => {
  const run = uncurry(native);
  return ({ method(a, b, c) {
    const list = arrayOf(this);
    charge(price(list.length));
    return run(list, a, b, c);
  } }).method;
};
const writing = (price) => (native) => {
  const run = uncurry(native);
  return ({ method(a, b, c) {
    const list = ownArray(this);
    charge(price(list.length));
    return run(list, a, b, c);
  } }).method;
};
const seeking = (native) => {
  const run = uncurry(native);
  return ({ method(wanted, from) {
    const list = arrayOf(this);
    charge(bulk(list.length) * needle(wanted));
    return run(list, wanted, from);
  } }).method;
};
const counted = (price) => (native) => ({ method(wanted) {
  const list = arrayOf(this);
  charge(price(list.length) * needle(wanted));
  return apply(native, list, arguments);
} }).method;

for (const name of ['every', 'some', 'forEach', 'map', 'filter', 'find', 'findIndex', 'findLast', 'findLastIndex']) {
  replace(ArrayPrototype, name, reading((n) => 1 + n));
}
for (const name of ['reduce', 'reduceRight']) replace(ArrayPrototype, name, counted((n) => 1 + n));
for (const name of ['slice', 'toReversed', 'with']) replace(ArrayPrototype, name, reading(bulk));
for (const name of ['reverse', 'fill', 'copyWithin', 'shift']) replace(ArrayPrototype, name, writing(bulk));
for (const name of ['indexOf', 'includes']) replace(ArrayPrototype, name, seeking);
replace(ArrayPrototype, 'lastIndexOf', counted(bulk));
replace(ArrayPrototype, 'sort', writing(sorting));
replace(ArrayPrototype, 'toSorted', reading((n) => sorting(n) + n));

for (const [name, list] of [['splice', ownArray], ['unshift', ownArray], ['toSpliced', arrayOf]]) {
  replace(ArrayPrototype, name, (native) => ({ method(...values) {
    const target = list(this);
    charge(bulk(target.length) + bulk(values.length));
    return apply(native, target, values);
  } }).method);
}
replace(ArrayPrototype, 'concat', (native) => ({ method(...values) {
  const list = arrayOf(this);
  let total = list.length;
  for (let i = 0; i < values.length; i++) total += isArray(values[i]) ? values[i].length : 1;
  charge(bulk(total));
  return apply(native, list, values);
} }).method);
replace(ArrayPrototype, 'join', (native) => ({ method(separator) {
  const list = arrayOf(this);
  const between = separator === undefined ? ',' : text(separator);
  charge(1 + list.length + chars(list.length * between.length));
  const joined = apply(native, list, [between]);
  charge(chars(joined.length));
  return joined;
} }).method);
replace(ArrayPrototype, 'toString', () => ({ method() {
  const own = toThis(this);
  return typeof own.join === 'function' ? own.join() : '[object Object]';
} }).method);

const flatten = (into, list, depth) => {
  charge(1 + list.length);
  for (let i = 0; i < list.length; i++) {
    if (!(i in list)) continue;
    const item = list[i];
    if (depth > 0 && isArray(item)) flatten(into, item, depth - 1);
    else into[into.length] = item;
  }
  return into;
};
replace(ArrayPrototype, 'flat', () => ({ method(depth) {
  const levels = depth === undefined ? 1 : trunc(number(depth)) || 0;
  return flatten([], arrayOf(this), levels);
} }).method);
replace(ArrayPrototype, 'flatMap', () => ({ method(fn, self) {
  const list = arrayOf(this);
  if (typeof fn !== 'function') throw new fault('not a function');
  charge(1 + list.length);
  const into = [];
  for (let i = 0; i < list.length; i++) {
    if (!(i in list)) continue;
    const item = apply(fn, self, [list[i], i, list]);
    if (isArray(item)) flatten(into, item, 0);
    else into[into.length] = item;
  }
  return into;
} }).method);

const ArrayIteratorPrototype = getPrototypeOf([][iteratorOf]());
const nativeValues = ArrayPrototype.values;
// What native code may run over in one go: its size is known and charged. Anything else is run over here, item by item.
const spread = (value) => {
  if (typeof value === 'string') { charge(1 + value.length); return value; }
  if (isArray(value) && value[iteratorOf] === nativeValues) { charge(bulk(value.length)); return value; }
  const list = [];
  for (const item of value) { charge(1); list[list.length] = item; }
  return list;
};
replace(Array, 'from', () => ({ method(source, fn, self) {
  if (fn !== undefined && typeof fn !== 'function') throw new fault('not a function');
  const iterate = toThis(source)[iteratorOf];
  const items = iterate === undefined || iterate === null ? toList(source) : source;
  const plain = this === Array || typeof this !== 'function';
  const into = plain ? [] : new this();
  let i = 0;
  for (const item of items) {
    charge(1);
    const value = fn === undefined ? item : apply(fn, self, [item, i]);
    if (plain) into[i] = value;
    else defineProperty(into, i, { value, writable: true, enumerable: true, configurable: true });
    i++;
  }
  into.length = i;
  return into;
} }).method);
keep(Array, ['length', 'name', 'prototype', 'isArray', 'of', 'from']);
deleteProperty(ArrayPrototype, 'toLocaleString');
keep(ArrayPrototype, ownKeys(ArrayPrototype).filter((key) => key !== Symbol.unscopables));
`;
