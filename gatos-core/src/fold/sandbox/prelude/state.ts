/**
 * What leaves the guest. The state is looked at with the intrinsics of the beginning: no getter, no toJSON and no iterator of the
 * fold runs. Numbers and texts are judged outside, where their exact bytes arrive.
 */
export const STATE = `
const problem = (why) => ({ why, steps: [] });
const within = (found, step) => { found.steps[found.steps.length] = step; return found; };
const KINDS = { undefined: 'undefined', function: 'a function', symbol: 'a symbol', bigint: 'a bigint' };
let budget = 0;
const isAccessor = (owner, key) => {
  const own = getOwnPropertyDescriptor(owner, key);
  return own !== undefined && !('value' in own);
};
// What is wrong with a value of a list or object, undefined when nothing is. Values without parts were let through before.
const inspectPart = (value, key, depth) => {
  if (typeof value !== 'object') return within(problem(KINDS[typeof value]), key);
  const found = value === null ? undefined : inspect(value, depth);
  return found === undefined ? undefined : within(found, key);
};
const inspectList = (list, depth) => {
  const { length } = list;
  const own = ownKeys(list).length;
  if (own !== length + 1) return problem(own <= length ? 'a list with holes' : 'a list with named properties');
  budget -= length;
  if (budget < 0) return problem('more than ' + VALUES + ' values');
  for (let i = 0; i < length; i++) {
    if (accessors && isAccessor(list, i)) return within(problem('a property with a getter or setter'), i);
    const value = list[i];
    const kind = typeof value;
    if (kind === 'number' || kind === 'string' || kind === 'boolean') continue;
    const found = inspectPart(value, i, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
};
const inspect = (value, depth) => {
  if (depth > DEPTH) return problem('nested more than ' + DEPTH + ' levels deep, or a cycle');
  const proto = getPrototypeOf(value);
  if (proto === ArrayPrototype && isArray(value)) return inspectList(value, depth);
  if ((proto !== ObjectPrototype && proto !== null) || isArray(value)) return problem('an instance of a class');
  let count = 0;
  // Nothing that an object may inherit from here is enumerable.
  for (const key in value) {
    count++;
    if (accessors && isAccessor(value, key)) return within(problem('a property with a getter or setter'), key);
    const part = value[key];
    const kind = typeof part;
    if (kind === 'number' || kind === 'string' || kind === 'boolean') continue;
    const found = inspectPart(part, key, depth + 1);
    if (found !== undefined) return found;
  }
  budget -= count;
  if (budget < 0) return problem('more than ' + VALUES + ' values');
  if (ownKeys(value).length !== count) return problem('a property that is hidden (not enumerable), or named by a symbol');
  return undefined;
};
// null, or [why, innermost step, …, outermost step].
const check = (state) => {
  if (isArray(state)) return ['a list; the state is a map at the top'];
  budget = VALUES;
  const found = inspect(state, 1);
  return found === undefined ? null : [found.why, ...found.steps];
};

// A data property of a value or of its prototypes, without running anything.
const peek = (value, key) => {
  for (let at = value, i = 0; at !== null && i < 16; at = getPrototypeOf(at), i++) {
    const own = getOwnPropertyDescriptor(at, key);
    if (own !== undefined) return 'value' in own ? own.value : softened(at, key);
  }
  return undefined;
};
const describe = (thrown) => {
  if (typeof thrown === 'string') return 'the text "' + thrown + '"';
  if (typeof thrown === 'symbol') return 'a symbol';
  if (!isObject(thrown)) return text(thrown);
  if (typeof thrown === 'function') return 'a function';
  const name = peek(thrown, 'name');
  const message = peek(thrown, 'message');
  if (typeof message !== 'string' && typeof name !== 'string') return 'an object';
  return (typeof name === 'string' ? name : 'Error') + (typeof message === 'string' && message !== '' ? ': ' + message : '');
};
`;
