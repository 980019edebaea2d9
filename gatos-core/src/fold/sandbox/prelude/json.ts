/**
 * JSON. The native writer and reader recurse on the stack of the host, and the writer asks nobody while it runs over an object
 * that holds another one a million times: so writing is done here, and reading only what is not nested deeply.
 */
export const JSON_TEXT = `
const quote = (value) => { charge(chars(value.length)); return nativeStringify(value); };
const BOXES = [Number.prototype, StringPrototype, Boolean.prototype];
const unboxed = (value) => {
  const proto = getPrototypeOf(value);
  return proto === BOXES[0] ? number(value) : proto === BOXES[1] ? text(value) : proto === BOXES[2] ? value.valueOf() : value;
};
const indentation = (space) => {
  const given = isObject(space) ? unboxed(space) : space;
  if (typeof given === 'number') return '          '.slice(0, max(0, min(10, trunc(given) || 0)));
  return typeof given === 'string' ? given.slice(0, 10) : '';
};
const selected = (list) => {
  const names = new NativeSet();
  for (let i = 0; i < list.length; i++) {
    charge(1);
    const item = isObject(list[i]) ? unboxed(list[i]) : list[i];
    if (typeof item === 'string' || typeof item === 'number') names.add(text(item));
  }
  return [...names];
};
// The text of holder[key], or undefined when it has none.
const write = (job, holder, key, indent) => {
  charge(1);
  let value = holder[key];
  if (isObject(value)) {
    const own = value.toJSON;
    if (typeof own === 'function') value = apply(own, value, [key]);
  }
  if (job.replacer !== undefined) value = apply(job.replacer, holder, [key, value]);
  if (typeof value === 'object' && value !== null) value = unboxed(value);
  switch (typeof value) {
    case 'string': return quote(value);
    case 'number': return value - value === 0 ? text(value) : 'null';
    case 'boolean': return value ? 'true' : 'false';
    case 'object': return value === null ? 'null' : writeObject(job, value, indent);
    default: return undefined;
  }
};
const writeObject = (job, value, indent) => {
  const { open, gap } = job;
  charge(open.length);
  for (let i = 0; i < open.length; i++) if (open[i] === value) throw new fault('circular reference');
  open[open.length] = value;
  const inner = indent + gap;
  const parts = [];
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) parts[i] = write(job, value, text(i), inner) ?? 'null';
  } else {
    const names = job.names ?? keys(value);
    for (let i = 0; i < names.length; i++) {
      const item = write(job, value, names[i], inner);
      if (item !== undefined) parts[parts.length] = quote(names[i]) + (gap === '' ? ':' : ': ') + item;
    }
  }
  open.length -= 1;
  const [left, right] = isArray(value) ? '[]' : '{}';
  if (parts.length === 0) return left + right;
  const out = gap === '' ? left + parts.join(',') + right : left + '\\n' + inner + parts.join(',\\n' + inner) + '\\n' + indent + right;
  charge(chars(out.length));
  return out;
};
replace(JSON, 'stringify', () => ({ method(value, replacer, space) {
  const job = {
    open: [],
    gap: indentation(space),
    replacer: typeof replacer === 'function' ? replacer : undefined,
    names: isArray(replacer) ? selected(replacer) : undefined,
  };
  return write(job, { '': value }, '', '');
} }).method);

// Levels of lists and objects that the reader may meet.
const NESTING = 256;
const isNested = (own) => {
  if (own.length <= NESTING || apply(split, own, ['[']).length + apply(split, own, ['{']).length <= NESTING) return false;
  charge(own.length);
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < own.length; i++) {
    const unit = apply(charCodeAt, own, [i]);
    if (quoted) {
      if (unit === 92) i++;
      else if (unit === 34) quoted = false;
    } else if (unit === 34) quoted = true;
    else if (unit === 91 || unit === 123) { depth++; if (depth > NESTING) return true; }
    else if (unit === 93 || unit === 125) depth--;
  }
  return false;
};
// The reader tells the place in the text under names of its own.
const PLACES = ['fileName', 'lineNumber', 'columnNumber'];
const parsed = (own) => {
  try {
    return parseJson(own);
  } catch (error) {
    for (let i = 0; i < PLACES.length; i++) deleteProperty(error, PLACES[i]);
    throw error;
  }
};
const revive = (holder, key, reviver) => {
  charge(1);
  const value = holder[key];
  if (isObject(value)) {
    const names = isArray(value) ? undefined : keys(value);
    const count = names === undefined ? value.length : names.length;
    for (let i = 0; i < count; i++) {
      const name = names === undefined ? text(i) : names[i];
      const next = revive(value, name, reviver);
      if (next === undefined) deleteProperty(value, name);
      else defineProperty(value, name, { value: next, writable: true, enumerable: true, configurable: true });
    }
  }
  return apply(reviver, holder, [key, value]);
};
replace(JSON, 'parse', () => ({ method(source, reviver) {
  const own = text(source);
  charge(bulk(own.length));
  if (isNested(own)) throw new outOfRange('JSON text is nested more than ' + NESTING + ' levels deep');
  const value = parsed(own);
  return typeof reviver === 'function' ? revive({ '': value }, '', reviver) : value;
} }).method);
keep(JSON, ['parse', 'stringify', Symbol.toStringTag]);
`;
