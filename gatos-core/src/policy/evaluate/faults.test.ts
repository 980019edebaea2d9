import { describe, expect, it } from 'vitest';
import { decide, firedBy, policyInput, policyMachine } from '../../../testing/policy-world.js';
import type { JsonValue } from '../../codec/index.js';

const codes = (text: string, given: JsonValue = {}): readonly string[] =>
  decide(text, given).errors.map(({ rule, code, line }) => `${rule} ${code} ${line}`);

describe('a rule that errs', () => {
  it.each([
    ['div(1, 0) == 1', 'policy/division'],
    ['9007199254740991 + 1 == 0', 'policy/overflow'],
    ['-9007199254740991 - 1 == 0', 'policy/overflow'],
    ['3037000500 * 3037000500 == 0', 'policy/overflow'],
    ['min { u.ref | u in input.updates } == "x"', 'policy/empty'],
    ['max([]) == 1', 'policy/empty'],
    ['glob.match("[", "x")', 'policy/glob'],
    ['semver.compare("1", "2.0.0") == 0', 'policy/semver'],
    ['time.parse("yesterday") == 0', 'policy/time'],
    ['replace("x", "", "y") == "x"', 'policy/argument'],
    ['[1][1] == 1', 'policy/index'],
    ['[1][0 - 1] == 1', 'policy/index'],
  ])('denies: %s', (condition, code) => {
    const decision = decide(`warn "w" message "w" when {\n ${condition}\n}`);
    expect(decision.verdict).toBe('deny');
    expect(decision.errors).toMatchObject([{ rule: 'w', code, file: 'p.rgs', line: 2 }]);
    expect(decision.fired).toEqual([]);
  });

  it('hides neither the firing of another rule nor its own other firings', () => {
    const text = `
      rule half(x) if { y in [4, 0, 2]; x = div(8, y) }
      deny "a" message "{x}" when { half(x) }
      deny "b" message "b" when { div(1, 0) == 1 }
      deny "c" message "c" when { not { x in [1]; div(x, 0) == 0 } }
      warn "d" message "d" when { true }`;
    const decision = decide(text);
    expect(firedBy(decision)).toEqual(['deny a: 2', 'deny a: 4', 'warn d: d']);
    expect(decision.errors.map(({ rule }) => rule)).toEqual(['b', 'c', 'p.half']);
  });

  it('denies from within a test rule, which is asked once', () => {
    const text = `
      rule odd(x) if { mod(x, 0) == 1 }
      warn "a" message "a" when { x in [1, 1, 2]; odd(x) }`;
    expect(codes(text)).toEqual(['p.odd policy/division 2']);
  });

  it('is one error for each place, whatever the number of values', () => {
    const list = Array.from({ length: 5000 }, (_, at) => at).join(',');
    expect(codes(`warn "a" message "{x}" when { x in [${list}]; div(x, 0) == 1 }`)).toEqual(['a policy/division 1']);
  });

  it('keeps a message that cannot be rendered from hiding the firing', () => {
    const decision = decide('deny "a" message "{div(x, 0)}" when { x = 1 }');
    expect(firedBy(decision)).toEqual(['deny a: a']);
    expect(decision.errors).toHaveLength(1);
  });

  it('denies when a value becomes too large or too deep', () => {
    const doubling = Array.from({ length: 60 }, (_, at) => `t${at + 1} = t${at} + t${at}`).join('; ');
    expect(codes(`warn "a" message "a" when { t0 = "xxxxxxxx"; ${doubling}; t60 != "" }`)).toEqual([
      'a policy/too-large 1',
    ]);
    const sharing = Array.from({ length: 60 }, (_, at) => `t${at + 1} = [t${at}, t${at}]`).join('; ');
    expect(codes(`warn "a" message "a" when { t0 = [1]; ${sharing}; t60 != [] }`)).toEqual(['a policy/too-large 1']);
    const nesting = Array.from({ length: 70 }, (_, at) => `t${at + 1} = [t${at}]`).join('; ');
    expect(codes(`warn "a" message "a" when { t0 = [1]; ${nesting}; t70 != [] }`)).toEqual(['a policy/depth 1']);
  });
});

describe('gas', () => {
  const text = `
    deny "a" message "{x}" when { x in [1, 2, 3]; x > 1 }
    warn "b" message "b" when { length("12345678901234567890") == 20 }`;

  it('is exact: as much as was used is enough twice over, one less than used is not', () => {
    const machine = policyMachine('deny "a" message "{x}" when { x in [1, 2, 3]; x > 1 }');
    const { gas } = machine.evaluate(policyInput());
    // One rule may take half of what is left.
    expect(machine.evaluate(policyInput(), { gas: 2 * gas }).errors).toEqual([]);
    const starved = machine.evaluate(policyInput(), { gas: 2 * gas - 2 });
    expect(starved.errors.map(({ code }) => code)).toEqual(['policy/gas']);
    expect(starved.gas).toBe(gas - 1);
    expect(starved.verdict).toBe('deny');
  });

  it('is the same each time, and with explanations', () => {
    const machine = policyMachine(text);
    const gas = machine.evaluate(policyInput()).gas;
    expect(machine.observe(policyInput()).decision.gas).toBe(gas);
    expect(machine.evaluate(policyInput()).gas).toBe(gas);
  });

  it('of a rule that runs away is not that of the others', () => {
    const list = Array.from({ length: 200 }, (_, at) => at).join(',');
    const runaway = `x in [${list}]; y in [${list}]; z in [${list}]; w in [${list}]; x + y + z + w == 0 - 1`;
    const machine = policyMachine(`deny "a" message "a" when { ${runaway} }\ndeny "b" message "b" when { true }`);
    const decision = machine.evaluate(policyInput(), { gas: 1_000_000 });
    expect(firedBy(decision)).toEqual(['deny b: b']);
    expect(decision.errors).toMatchObject([{ rule: 'a', code: 'policy/gas' }]);
  });
});

describe('the stack', () => {
  it('holds a recursion as deep as the data is long', () => {
    const length = 5000;
    const parents = Array.from({ length }, (_, at) => ({ id: `c${at}`, parents: [`c${at + 1}`] }));
    const text = `
      rule parent(c, p) if { u in input.updates; k in u.commits; c = k.id; p in k.parents }
      rule line(c) if { parent("c0", c) }
      rule line(c) if { line(b); parent(b, c) }
      deny "end" message "reached" when { line("c${length}") }`;
    const decision = decide(text, { updates: [{ commits: parents }] });
    expect(firedBy(decision)).toEqual(['deny end: reached']);
    expect(decision.errors).toEqual([]);
  });

  it('holds a long body, and refuses a long chain of test rules', () => {
    const body = Array.from({ length: 400 }, (_, at) => `x >= ${at} - 1000`).join('; ');
    expect(decide(`deny "a" message "{x}" when { x in [1, 2]; ${body} }`).fired).toHaveLength(2);
    const chain = Array.from({ length: 300 }, (_, at) => `rule r${at}(x) if { r${at + 1}(x) }`).join('\n');
    const decision = decide(`${chain}\nrule r300(x) if { x == 1 }\ndeny "a" message "a" when { r0(1) }`);
    expect(decision.verdict).toBe('deny');
    expect(decision.errors.map(({ code }) => code)).toContain('policy/depth');
  });
});
