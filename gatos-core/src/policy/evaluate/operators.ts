/** Operators of the language. */
import { compareValues, exact, joinTwo, kindOf, ListVal, RecordVal, RuleFault, type Val } from '../builtins/index.js';
import type { Expr } from '../compile/index.js';
import type { Run } from './run.js';
import { showValue } from './show.js';

export type BinaryFn = Extract<Expr, { op: 'binary' }>['fn'];
type Operator = (left: Val, right: Val, run: Run) => Val;

function order(left: Val, right: Val, fn: string): number {
  const ordered = typeof left === 'number' || typeof left === 'string';
  if (ordered && typeof left === typeof right) return compareValues(left, right);
  throw new RuleFault(
    'policy/type',
    `\`${fn}\` compares two integers or two texts, not ${kindOf(left)} and ${kindOf(right)}`,
  );
}

function integers(left: Val, right: Val, fn: string): readonly [number, number] {
  if (typeof left === 'number' && typeof right === 'number') return [left, right];
  throw new RuleFault('policy/type', `\`${fn}\` takes two integers, not ${kindOf(left)} and ${kindOf(right)}`);
}

function add(left: Val, right: Val, run: Run): Val {
  if (typeof left === 'string' && typeof right === 'string') return joinTwo(left, right, run);
  if (typeof left === 'number' && typeof right === 'number') {
    return exact(left + right, () => `\`${left} + ${right}\``);
  }
  const found = `${kindOf(left)} and ${kindOf(right)}`;
  throw new RuleFault('policy/type', `\`+\` takes two integers or two texts, not ${found}`);
}

export const OPERATORS: Readonly<Record<BinaryFn, Operator>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => order(left, right, '<') < 0,
  '<=': (left, right) => order(left, right, '<=') <= 0,
  '>': (left, right) => order(left, right, '>') > 0,
  '>=': (left, right) => order(left, right, '>=') >= 0,
  '+': add,
  '-': (left, right) => {
    const [a, b] = integers(left, right, '-');
    return exact(a - b, () => `\`${a} - ${b}\``);
  },
  '*': (left, right) => {
    const [a, b] = integers(left, right, '*');
    return exact(a * b, () => `\`${a} * ${b}\``);
  },
};

/** Elements of a list, values of a record. Throws `policy/type` for anything else. */
export function elementsOf(value: Val): readonly Val[] {
  if (value instanceof ListVal) return value.items;
  if (value instanceof RecordVal) return value.values;
  throw new RuleFault('policy/type', `only lists and records have elements, and this is ${kindOf(value)}`);
}

/** Lists shorter than this are searched; of longer ones a set is kept for the run. */
const SHORT = 8;

export function isMember(value: Val, of: Val, run: Run): boolean {
  const elements = elementsOf(of);
  if (elements.length <= SHORT) return elements.includes(value);
  let set = run.members.get(of);
  if (set === undefined) {
    run.spend(elements.length);
    set = new Set(elements);
    run.members.set(of, set);
  }
  return set.has(value);
}

export function fieldOf(value: Val, name: string): Val {
  if (!(value instanceof RecordVal)) {
    throw new RuleFault('policy/type', `${kindOf(value)} has no field \`${name}\``);
  }
  const found = value.get(name);
  if (found === undefined) throw new RuleFault('policy/missing-field', `there is no field \`${name}\``);
  return found;
}

export function at(value: Val, index: Val): Val {
  if (value instanceof RecordVal && typeof index === 'string') return fieldOf(value, index);
  if (value instanceof ListVal && typeof index === 'number') {
    const found = value.items[index];
    if (found !== undefined) return found;
    throw new RuleFault('policy/index', `there is no element ${index} in a list of ${value.items.length}`);
  }
  throw new RuleFault('policy/type', `${kindOf(value)} cannot be indexed by ${showValue(index)}`);
}
