import { describe, expect, it } from 'vitest';
import { type Below, randomGiven, seededBelow } from '../../../testing/policy-documents.js';
import { randomPolicy } from '../../../testing/policy-generator.js';
import { policyInput } from '../../../testing/policy-world.js';
import { decode, encode, formatHex, type JsonValue, type Value } from '../../codec/index.js';
import { isGatosError, LIMITS } from '../../kernel/index.js';
import { compileBundle, decodeProgram, encodeProgram, type Program } from '../compile/index.js';
import { decodeDecision, encodeDecision, explain, formatExplanation, type Machine, prepare } from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 150);
const GAS = 60_000;

function compiled(text: string): Program | null {
  return compileBundle([{ file: 'm.rgs', text }]).program;
}

/** The same document with the keys of every record in another order. */
function shuffled(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, shuffled(part)]),
  );
}

const bytesOf = (machine: Machine, input: JsonValue, gas = GAS): string =>
  formatHex(encodeDecision(machine.evaluate(input, { gas })));

function eachSeed(check: (below: Below) => void): void {
  for (let at = 0; at < RUNS; at++) {
    try {
      check(seededBelow(SEED + at));
    } catch (cause) {
      throw new Error(`seed ${SEED + at}`, { cause });
    }
  }
}

describe('the evaluator', () => {
  it(`decides every document, the same each time, within its gas (${RUNS} from seed ${SEED})`, () => {
    const seen = { deny: 0, allow: 0, fired: 0, errors: 0, uses: 0 };
    eachSeed((below) => {
      const text = randomPolicy(below);
      const program = compiled(text);
      if (program === null) return;
      const sources = new Map([['m.rgs', text]]);
      const machine = prepare(program, { sources });
      const other = prepare(decodeProgram(encodeProgram(program)), { sources });
      for (let documents = 0; documents < 3; documents++) {
        const input = policyInput(randomGiven(below));
        const decision = machine.evaluate(input, { gas: GAS });
        const bytes = formatHex(encodeDecision(decision));
        expect(decodeDecision(encodeDecision(decision))).toEqual(decision);
        expect(decision.gas).toBeLessThanOrEqual(GAS);
        expect(bytesOf(machine, shuffled(input))).toBe(bytes);
        expect(bytesOf(other, input)).toBe(bytes);
        const denies = decision.errors.length > 0 || decision.fired.some(({ effect }) => effect === 'deny');
        expect(decision.verdict).toBe(denies ? 'deny' : 'allow');
        seen[decision.verdict]++;
        seen.fired += Math.min(1, decision.fired.length);
        seen.errors += Math.min(1, decision.errors.length);
        seen.uses += Math.min(1, decision.uses.length);
      }
    });
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(RUNS / 100);
  });

  it(`denies when its gas is not enough, whatever the rules are (${RUNS} from seed ${SEED})`, () => {
    let tried = 0;
    eachSeed((below) => {
      const program = compiled(randomPolicy(below));
      if (program === null) return;
      const machine = prepare(program);
      const input = policyInput(randomGiven(below));
      const { gas } = machine.evaluate(input);
      if (gas < 8) return;
      tried++;
      const poor = machine.evaluate(input, { gas: below(gas >> 2) });
      expect(poor.verdict).toBe('deny');
      expect(poor.errors.map(({ code }) => code)).toContain('policy/gas');
    });
    expect(tried).toBeGreaterThan(RUNS / 4);
  });

  it(`explains every firing, the same each time, in bounded length (${RUNS} from seed ${SEED})`, () => {
    let explained = 0;
    eachSeed((below) => {
      const text = randomPolicy(below);
      const program = compiled(text);
      if (program === null) return;
      const machine = prepare(program, { sources: new Map([['m.rgs', text]]) });
      const input = policyInput(randomGiven(below));
      const found = explain(machine, input);
      explained += found.length;
      expect(explain(machine, shuffled(input))).toEqual(found);
      const lines = found.map((each) => formatExplanation(each).split('\n'));
      for (const each of lines) expect(each.length).toBeLessThan(100 * LIMITS.policyExplainNodes);
      expect(lines.flat().some((line) => /\p{Cc}/u.test(line))).toBe(false);
    });
    expect(explained).toBeGreaterThan(RUNS / 4);
  });

  it(`runs whatever the decoder of .rgc takes (${RUNS} from seed ${SEED})`, () => {
    let ran = 0;
    eachSeed((below) => {
      const program = compiled(randomPolicy(below));
      if (program === null) return;
      const changed = alteredProgram(encodeProgram(program), below);
      if (changed === null) return;
      ran++;
      const decision = prepare(changed).evaluate(policyInput(randomGiven(below)), { gas: GAS });
      expect(decodeDecision(encodeDecision(decision))).toEqual(decision);
    });
    expect(ran).toBeGreaterThan(RUNS / 20);
  });
});

/** A program that no compiler made, but the decoder takes; null when it does not. */
function alteredProgram(bytes: Uint8Array, below: Below): Program | null {
  const root = decode(bytes);
  const found: Record<string, Value>[] = [];
  const visit = (value: Value): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    found.push(value as Record<string, Value>);
    for (const part of Object.values(value) as Value[]) visit(part);
  };
  visit(root);
  for (let times = 1 + below(2); times > 0; times--) {
    const target = found[below(found.length)] as Record<string, Value>;
    const keys = Object.keys(target);
    const key = keys[below(Math.max(1, keys.length))] ?? '0';
    const value = target[key];
    target[key] =
      typeof value === 'number' ? value + below(3) - 1 : decode(encode(found[below(found.length)] as Value));
  }
  try {
    return decodeProgram(encode(root));
  } catch (error) {
    if (!isGatosError(error)) throw error;
    return null;
  }
}
