/** The end of the prelude: globals that stay, then everything that can be reached is frozen. */
export const FREEZE = `
const GLOBALS = ['Array', 'Boolean', 'Error', 'EvalError', 'JSON', 'Map', 'Math', 'NaN', 'Infinity', 'Number', 'Object', 'RangeError', 'ReferenceError',
  'Reflect', 'Set', 'String', 'Symbol', 'SyntaxError', 'TypeError', 'URIError', 'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent',
  'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'undefined'];
keep(world, GLOBALS);

// Frozen data properties would forbid obj.toString = … and error.name = … on every object that inherits them (the override
// mistake of ECMA-262). So on these prototypes they become accessors whose setter makes an own property.
const soft = new NativeMap();
const soften = (owner) => {
  const values = create(null);
  for (const key of ownKeys(owner)) {
    const own = getOwnPropertyDescriptor(owner, key);
    if (typeof key !== 'string' || !('value' in own)) continue;
    const { value } = own;
    values[key] = value;
    defineProperty(owner, key, {
      get: ({ get() { return value; } }).get,
      set: ({ set(given) {
        if (!isObject(this) || this === owner || !defineProperty(this, key, { value: given, writable: true, enumerable: true, configurable: true })) {
          throw new fault(key + ' is read-only');
        }
      } }).set,
      enumerable: false,
      configurable: false,
    });
  }
  apply(mapSet, soft, [owner, values]);
};
const softened = (owner, key) => apply(mapHas, soft, [owner]) ? apply(mapGet, soft, [owner])[key] : undefined;
soften(ObjectPrototype);
for (const kind of errors) soften(kind.prototype);

const seen = new NativeSet();
const freezeAll = (value) => {
  if (!isObject(value) || seen.has(value)) return;
  seen.add(value);
  freeze(value);
  freezeAll(getPrototypeOf(value));
  for (const key of ownKeys(value)) {
    const own = getOwnPropertyDescriptor(value, key);
    freezeAll(own.value);
    freezeAll(own.get);
    freezeAll(own.set);
  }
};
for (const root of [world, IteratorPrototype, ArrayIteratorPrototype, StringIteratorPrototype, MapIteratorPrototype, SetIteratorPrototype,
  GeneratorFunctionPrototype, GeneratorPrototype, InternalErrorPrototype]) freezeAll(root);
`;
