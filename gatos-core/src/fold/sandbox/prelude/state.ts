/**
 * What leaves the guest. The state is looked at with the intrinsics of the beginning: no getter, no toJSON and no iterator of the
 * fold runs. Numbers and texts are judged outside, where their exact bytes arrive.
 */
export const STATE = `
const problem = (why) => ({ why, steps: [] });
const within = (found, step) => { found.steps[found.steps.length] = step; return found; };
const KINDS = { undefined: 'undefined', function: 'a function', symbol: 'a symbol' };
let budget = 0;
// What is wrong with the value of a property, undefined when nothing is.
const judge = (owner, key, depth) => {
  if (accessors) {
    const own = getOwnPropertyDescriptor(owner, key);
    if (own !== undefined && !('value' in own)) return within(problem('a property with a getter or setter'), key);
  }
  const value = owner[key];
  if (typeof value === 'object') {
    const found = value === null ? undefined : inspect(value, depth);
    return found === undefined ? undefined : within(found, key);
  }
  const kind = KINDS[typeof value];
  return kind === undefined ? undefined : within(problem(kind), key);
};
const inspect = (value, depth) => {
  if (depth > DEPTH) return problem('nested more than ' + DEPTH + ' levels deep, or a cycle');
  budget -= 1;
  const list = isArray(value);
  const proto = getPrototypeOf(value);
  if (list ? proto !== ArrayPrototype : proto !== ObjectPrototype && proto !== null) return problem('an instance of a class');
  const own = ownKeys(value);
  if (list) {
    if (own.length !== value.length + 1) return problem(own.length <= value.length ? 'a list with holes' : 'a list with named properties');
    budget -= own.length;
    if (budget < 0) return problem('more than ' + VALUES + ' values');
    for (let i = 0; i < value.length; i++) {
      const found = judge(value, i, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  budget -= own.length;
  if (budget < 0) return problem('more than ' + VALUES + ' values');
  if (own.length !== keys(value).length) return problem('a property that is hidden (not enumerable), or named by a symbol');
  for (let i = 0; i < own.length; i++) {
    const found = judge(value, own[i], depth + 1);
    if (found !== undefined) return found;
  }
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
