/** Built-ins on integers. What leaves the range of exact integers is an error, never rounded. */
import { RuleFault } from './fault.js';
import type { BuiltIn } from './work.js';

/** The result of an operation, if it is exact. Throws `policy/overflow`. */
export function exact(value: number, what: () => string): number {
  if (!Number.isSafeInteger(value)) throw new RuleFault('policy/overflow', `${what()} leaves ±(2^53-1)`);
  return value === 0 ? 0 : value;
}

/** Rounded down, without the rounding of a division of doubles. */
function divideDown(a: number, b: number): number {
  if (b === 0) throw new RuleFault('policy/division', `\`${a}\` divided by 0`);
  const rest = a % b;
  const quotient = (a - rest) / b;
  return (rest !== 0 && rest < 0 !== b < 0 ? quotient - 1 : quotient) + 0;
}

function modulo(a: number, b: number): number {
  if (b === 0) throw new RuleFault('policy/division', `\`${a}\` modulo 0`);
  const rest = a % b;
  return (rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest) + 0;
}

export const INTEGER_IMPLEMENTATIONS: Readonly<Record<string, BuiltIn>> = {
  div: ([a, b]) => divideDown(a as number, b as number),
  mod: ([a, b]) => modulo(a as number, b as number),
  abs: ([a]) => Math.abs(a as number),
};
