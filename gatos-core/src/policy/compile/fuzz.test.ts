import { describe, expect, it } from 'vitest';
import { type Below, seededBelow } from '../../../testing/policy-documents.js';
import { randomPolicy } from '../../../testing/policy-generator.js';
import { compiledPolicy, POLICY_FILES } from '../../../testing/policy-programs.js';
import { decode, encode, formatHex, type Value } from '../../codec/index.js';
import { bytesEqual, isGatosError, LIMITS } from '../../kernel/index.js';
import { compileBundle, decodeProgram, decompile, encodeProgram } from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 400);

/** Changes a few characters, or moves lines about. */
function mutated(text: string, below: Below): string {
  let out = text;
  for (let times = 1 + below(4); times > 0; times--) {
    const [at, length] = [below(out.length + 1), below(below(3) === 0 ? 60 : 6)];
    const from = below(out.length + 1);
    const piece = [
      '',
      out.slice(from, from + length),
      ['not ', '{', '}', '(', ')', '_', '"', 'x', ' | ', 'in ', '9', ';'][below(12)] ?? '',
    ][below(3)];
    out = out.slice(0, at) + piece + out.slice(at + (below(2) === 0 ? length : 0));
  }
  return out;
}

/** Of a text: null when it does not compile, else its program, whose bytes and sources lead back to it. */
function checkText(text: string): boolean {
  const { program, diagnostics } = compileBundle([{ file: 'm.rgs', text }]);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(program === null).toBe(errors.length > 0);
  expect(diagnostics.length).toBeLessThanOrEqual(3 * LIMITS.policyDiagnostics + 2);
  for (const { span, line, column } of diagnostics) {
    expect(span.start).toBeLessThanOrEqual(span.end);
    expect(span.end).toBeLessThanOrEqual(text.length);
    expect(line > 0 && column > 0).toBe(true);
  }
  if (program === null) return false;
  const bytes = encodeProgram(program);
  expect(formatHex(encodeProgram(decodeProgram(bytes)))).toBe(formatHex(bytes));
  const again = compileBundle(decompile(program));
  expect(again.program, JSON.stringify(again.diagnostics[0])).not.toBeNull();
  expect(decompile(again.program as typeof program)).toEqual(decompile(program));
  return true;
}

/** Named by its seed when it fails. */
function eachSeed(runs: number, check: (below: Below, seed: number) => void): void {
  for (let at = 0; at < runs; at++) {
    try {
      check(seededBelow(SEED + at), SEED + at);
    } catch (cause) {
      throw new Error(`seed ${SEED + at}`, { cause });
    }
  }
}

describe('the compiler', () => {
  it(`takes most random policies, and their bytes and sources lead back to them (${RUNS} from seed ${SEED})`, () => {
    let compiled = 0;
    eachSeed(RUNS, (below) => {
      if (checkText(randomPolicy(below))) compiled++;
    });
    expect(compiled).toBeGreaterThan(RUNS * 0.6);
  });

  it(`never throws on what is nearly a policy (${RUNS} from seed ${SEED})`, () => {
    let refused = 0;
    eachSeed(RUNS, (below) => {
      const text = below(4) === 0 ? (POLICY_FILES[below(2)]?.text ?? '') : randomPolicy(below);
      if (!checkText(mutated(text, below))) refused++;
    });
    expect(refused).toBeGreaterThan(RUNS * 0.3);
  });
});

/** Changes entries of lists and maps somewhere in the value. */
function altered(root: Value, below: Below): Value {
  const found: Record<string, Value>[] = [];
  const visit = (value: Value): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    found.push(value as Record<string, Value>);
    for (const part of Object.values(value) as Value[]) visit(part);
  };
  visit(root);
  const target = found[below(found.length)] as Record<string, Value>;
  const keys = Object.keys(target);
  const key = keys[below(Math.max(1, keys.length))] ?? '0';
  const value = target[key];
  if (typeof value === 'number') target[key] = value + ([-1, 1, 100][below(3)] ?? 0);
  else if (below(4) === 0 && !Array.isArray(target)) delete target[key];
  else target[key] = decode(encode(found[below(found.length)] as Value));
  return root;
}

/** Whether the bytes are refused, in the one way in which they may be; what is taken is what it says. */
function isRefused(bytes: Uint8Array): boolean {
  try {
    const again = encodeProgram(decodeProgram(bytes));
    expect(bytesEqual(again, bytes), 'the same bytes again').toBe(true);
    return false;
  } catch (error) {
    if (!isGatosError(error) || !/^(policy-code|codec)\//.test(error.code)) throw error;
    return true;
  }
}

describe('the decoder of .rgc', () => {
  const bytes = encodeProgram(compiledPolicy(POLICY_FILES));

  it(`refuses other bytes, or takes them for what they are (${RUNS} from seed ${SEED})`, () => {
    let refused = 0;
    eachSeed(RUNS, (below) => {
      const changed = [...bytes];
      for (let times = 1 + below(3); times > 0; times--)
        changed.splice(below(changed.length), below(2), ...Array.from({ length: below(3) }, () => below(256)));
      if (isRefused(Uint8Array.from(changed))) refused++;
    });
    expect(refused).toBeGreaterThan(RUNS * 0.5);
  });

  it(`does so for well-formed values too (${RUNS} from seed ${SEED})`, () => {
    let refused = 0;
    eachSeed(RUNS, (below) => {
      let value = decode(bytes);
      for (let times = 1 + below(2); times > 0; times--) value = altered(value, below);
      let changed: Uint8Array;
      try {
        changed = encode(value);
      } catch (error) {
        if (isGatosError(error)) return;
        throw error;
      }
      if (isRefused(changed)) refused++;
    });
    expect(refused).toBeGreaterThan(RUNS * 0.3);
  });
});
