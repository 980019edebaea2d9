/** Text. What copies, searches or takes apart charges by the characters that it looks at; what knows a locale is gone. */
export const STRINGS = `
const copying = (price) => (native) => {
  const run = uncurry(native);
  return ({ method() {
    const own = toText(this);
    charge(price(own.length));
    return run(own);
  } }).method;
};
const cutting = (native) => {
  const run = uncurry(native);
  return ({ method(start, end) {
    const part = run(toText(this), start, end);
    charge(chars(part.length));
    return part;
  } }).method;
};
const matching = (native) => {
  const run = uncurry(native);
  return ({ method(wanted, from) {
    const own = toText(this);
    const sought = text(wanted);
    charge(search(own.length, sought.length));
    return run(own, sought, from);
  } }).method;
};
const growing = (native) => ({ method(count, ...rest) {
  const own = toText(this);
  const length = toLength(count);
  charge(chars(native.name === 'repeat' ? length * own.length : length));
  return apply(native, own, [native.name === 'repeat' ? trunc(number(count)) : length, ...rest]);
} }).method;

for (const name of ['trim', 'trimStart', 'trimEnd', 'isWellFormed', 'toWellFormed']) replace(StringPrototype, name, copying(chars));
for (const name of ['toLowerCase', 'toUpperCase']) replace(StringPrototype, name, copying(bulk));
for (const name of ['slice', 'substring', 'substr']) replace(StringPrototype, name, cutting);
replace(StringPrototype, 'concat', (native) => ({ method() {
  const joined = apply(native, toText(this), arguments);
  charge(chars(joined.length));
  return joined;
} }).method);
for (const name of ['indexOf', 'lastIndexOf', 'includes', 'startsWith', 'endsWith']) replace(StringPrototype, name, matching);
for (const name of ['repeat', 'padStart', 'padEnd']) replace(StringPrototype, name, growing);
replace(StringPrototype, 'normalize', (native) => ({ method(form) {
  const own = toText(this);
  charge(1 + own.length);
  return apply(native, own, form === undefined ? [] : [text(form)]);
} }).method);
replace(StringPrototype, 'split', (native) => ({ method(separator, limit) {
  const own = toText(this);
  const between = separator === undefined ? undefined : text(separator);
  charge(between === undefined ? 1 : search(own.length, between.length));
  const parts = apply(native, own, [between, limit]);
  charge(parts.length);
  return parts;
} }).method);
for (const name of ['replace', 'replaceAll']) {
  replace(StringPrototype, name, (native) => ({ method(wanted, by) {
    const own = toText(this);
    const sought = text(wanted);
    charge(search(own.length, sought.length) + (name === 'replaceAll' ? own.length : 1));
    const out = apply(native, own, [sought, typeof by === 'function' ? by : text(by)]);
    charge(chars(out.length));
    return out;
  } }).method);
}
replace(String, 'raw', () => ({ method(strings, ...values) {
  const raw = Object(toThis(Object(toThis(strings)).raw));
  const length = toLength(raw.length);
  let out = '';
  for (let i = 0; i < length; i++) {
    charge(1);
    out += text(raw[i]);
    if (i + 1 < length && i < values.length) out += text(values[i]);
  }
  return out;
} }).method);
keep(String, ['length', 'name', 'prototype', 'fromCharCode', 'fromCodePoint', 'raw']);
keep(StringPrototype, ['length', 'constructor', 'toString', 'valueOf', 'at', 'charAt', 'charCodeAt', 'codePointAt', iteratorOf,
  'trim', 'trimStart', 'trimEnd', 'isWellFormed', 'toWellFormed', 'toLowerCase', 'toUpperCase', 'slice', 'substring', 'substr',
  'concat', 'indexOf', 'lastIndexOf', 'includes', 'startsWith', 'endsWith', 'repeat', 'padStart', 'padEnd', 'normalize', 'split',
  'replace', 'replaceAll']);

for (const name of ['encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent']) {
  replace(world, name, (native) => ({ method(value) {
    const own = text(value);
    charge(1 + own.length);
    return native(own);
  } }).method);
}
`;
