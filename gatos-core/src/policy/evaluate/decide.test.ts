import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_ROOT, decide, firedBy, policyInput, policyMachine } from '../../../testing/policy-world.js';
import { encode, type JsonValue } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { compileBundle, decodeProgram, encodeProgram, policyCodeRoot } from '../compile/index.js';
import { decodeDecision, encodeDecision, prepare } from './index.js';

const update = (paths: readonly string[], ref = 'refs/heads/main'): JsonValue => ({
  ref,
  commits: [{ changes: paths.map((path) => ({ path })) }],
});

const API = `
const guarded = ["src/api/**", "openapi/*.yaml"]

rule touches_api(update, path) if {
  update in input.updates
  commit in update.commits
  change in commit.changes
  path = change.path
  is_guarded(path)
}

rule is_guarded(path) if { pattern in guarded; glob.match(pattern, path) }

deny "api"
  message "{path} on {update.ref}"
  because "ADR-0042"
  hint "propose for {update.ref}"
when { touches_api(update, path); not granted("api-change", update.ref, ["user:a"]) }
`;

describe('a decision', () => {
  it('allows when nothing fires', () => {
    const decision = decide(API, { updates: [update(['docs/x.md'])] });
    expect(decision).toMatchObject({
      v: 1,
      verdict: 'allow',
      fired: [],
      errors: [],
      uses: [],
      policy_code_root: CODE_ROOT,
    });
    expect(decision.gas).toBeGreaterThan(0);
  });

  it('cites rule, place, bindings, message, hint and reason of what fires', () => {
    const decision = decide(API, { updates: [update(['src/api/a.ts'])] });
    expect(decision.verdict).toBe('deny');
    expect(decision.fired).toMatchObject([
      { id: 'api', effect: 'deny', file: 'p.rgs', line: 14, column: 1, message: 'src/api/a.ts on refs/heads/main' },
    ]);
    expect(decision.fired[0]?.hint).toBe('propose for refs/heads/main');
    expect(decision.fired[0]?.because).toBe('ADR-0042');
    expect(decision.fired[0]?.bindings).toHaveProperty('path', 'src/api/a.ts');
  });

  it('shows a large binding by its CID and its short fields', () => {
    const paths = Array.from({ length: 40 }, (_, at) => `src/api/${at}.ts`);
    const { fired } = decide(API, { updates: [update(paths)] });
    expect(fired).toHaveLength(40);
    expect(fired[0]?.bindings.update).toEqual({
      cid: expect.stringMatching(/^bafy/),
      bytes: expect.any(Number),
      fields: expect.objectContaining({ ref: 'refs/heads/main', kind: 'update' }),
    });
  });

  it('warns without denying', () => {
    const decision = decide('warn "w" message "hm" when { input.received == 5 }', { received: 5 });
    expect(decision).toMatchObject({ verdict: 'allow', fired: [{ id: 'w', effect: 'warn' }] });
  });

  it('fires a require for each solution of `for` without one of `that`', () => {
    const text =
      'require "signed" message "{c.id}" for { u in input.updates; c in u.commits } that { c.signer != null }';
    const signer = { key: 'ed25519:x', actor: 'user:a', valid: true };
    const commits = [
      { id: 'a'.repeat(40), signer },
      { id: 'b'.repeat(40), signer: null },
    ];
    expect(firedBy(decide(text, { updates: [{ commits }] }))).toEqual([`deny signed: ${'b'.repeat(40)}`]);
  });

  it('fires once for each binding of the message, denies first, then by id and bytes', () => {
    const text = `
      warn "a" message "{u.ref}" when { u in input.updates }
      deny "z" message "{x}" when { x in [3, 1, 2, 1]; y in [1, 2]; y > 0 }
      deny "b" message "once" when { true }`;
    const decision = decide(text, { updates: [{ ref: 'refs/heads/b' }, { ref: 'refs/heads/a' }] });
    expect(firedBy(decision).slice(0, 4)).toEqual(['deny b: once', 'deny z: 1', 'deny z: 2', 'deny z: 3']);
    expect(decision.fired).toHaveLength(6);
  });

  it('lists so many firings, of every head at least one, and counts the rest', () => {
    const list = Array.from({ length: 300 }, (_, at) => at).join(',');
    const decision = decide(
      `deny "a" message "{x}" when { x in [${list}] }\nwarn "b" message "{x}" when { x in [${list}] }`,
    );
    expect(decision.fired).toHaveLength(LIMITS.policyFirings);
    expect(decision.fired.filter(({ id }) => id === 'b')).toHaveLength(1);
    expect(decision.truncated).toBe(600 - LIMITS.policyFirings);
  });

  it('renders values, escapes control characters and cuts long texts', () => {
    const long = 'x'.repeat(1000);
    const text = `deny "m" message "{a} {b} {c} {d} \\u{202e}" when { a = [1, "t"]; b = null; c = "\\u{1b}[31m"; d = "${long}" }`;
    const [firing] = decide(text).fired;
    expect(firing?.message).toMatch(/^\[1,"t"\] null \\u\{1b\}\[31m x{199}… /);
  });
});

describe('a machine', () => {
  const text = 'deny "a" message "{x}" when { x = 1 }';
  const { program } = compileBundle([{ file: 'p.rgs', text }]);
  if (program === null) throw new Error('does not compile');

  it('cites the root of the code by itself, and offsets where it has no sources', () => {
    const decision = prepare(program).evaluate(policyInput());
    expect(decision.policy_code_root).toEqual(policyCodeRoot(encodeProgram(program)));
    expect(decision.fired).toMatchObject([{ line: 0, column: 0 }]);
  });

  it('runs what was encoded and decoded, to the same decision', () => {
    const again = prepare(decodeProgram(encodeProgram(program))).evaluate(policyInput());
    expect(encodeDecision(again)).toEqual(encodeDecision(prepare(program).evaluate(policyInput())));
  });

  it('holds a row to what a literal says twice', () => {
    const place = [0, 0, 0] as const;
    const slot = { op: 'slot', slot: 0, place } as const;
    const value = (each: number) => ({ op: 'value', value: each, place }) as const;
    const clause = (a: number, b: number) => ({ slots: 0, names: [], head: [value(a), value(b)], body: [], place });
    const predicate = { name: 'p.q', arity: 2, needs: [], clauses: [clause(1, 2), clause(3, 3)] };
    const [head] = program.heads;
    if (head === undefined) throw new Error('no head');
    for (const second of [{ free: 0 }, { bound: slot }]) {
      const body = [{ op: 'rows', predicate: 0, args: [{ free: 0 }, second], place } as const];
      const heads = [{ ...head, slots: 1, names: ['x'], message: [slot], key: [0], body }];
      const decision = prepare({ ...program, predicates: [predicate], strata: [[0]], heads }).evaluate(policyInput());
      expect(firedBy(decision)).toEqual(['deny a: 3']);
    }
  });

  it('refuses sources that are not those of the program', () => {
    expect(() => prepare(program, { sources: new Map() })).toThrow(/`p.rgs` does not belong/);
    expect(() => prepare(program, { sources: new Map([['p.rgs', `${text} `]]) })).toThrow(/digest differs/);
  });

  it('refuses what no compiler makes', () => {
    const place = [0, 0, 0] as const;
    const rows = { op: 'rows', predicate: 9, args: [], place } as const;
    const call = { op: 'test', expr: { op: 'call', builtin: 'eval', args: [], place }, place } as const;
    for (const step of [rows, call]) {
      const heads = program.heads.map((head) => ({ ...head, body: [step] }));
      expect(() => prepare({ ...program, heads })).toThrow(/cannot be run/);
    }
    const predicate = { name: 'p.q', arity: 1, needs: [], clauses: [] };
    expect(() => prepare({ ...program, predicates: [predicate], strata: [] })).toThrow(/wrong layer/);
    expect(() => prepare({ ...program, predicates: [predicate], strata: [[0], [0]] })).toThrow(/twice/);
  });
});

describe('canonical bytes', () => {
  it('come back as the same decision', () => {
    const list = Array.from({ length: 300 }, (_, at) => at).join(',');
    for (const decision of [
      decide(API, { updates: [update(['src/api/a'])] }),
      decide(`deny "a" message "{x}" when { x in [${list}] }`),
    ]) {
      expect(decodeDecision(encodeDecision(decision))).toEqual(decision);
    }
  });

  it('are refused when a field is missing, unknown or of another type', () => {
    const decision = { ...decide(API) };
    for (const wrong of [
      { ...decision, v: 2 },
      { ...decision, more: 1 },
      { ...decision, gas: -1 },
      { ...decision, verdict: 'maybe' },
    ]) {
      expect(() => decodeDecision(encode(wrong as never))).toThrow(/this is no decision/);
    }
    expect(() => decodeDecision(new Uint8Array([0xff]))).toThrow(/this is no decision/);
  });

  it('do not depend on the order of keys of the document, nor on an earlier evaluation', () => {
    const machine = policyMachine(`${API}\nwarn "k" message "{k} {v}" when { k, v in input.groups }
      warn "o" message "{x}" when { x = keys(input.groups) }`);
    const groups = { zeta: ['user:a'], Alpha: ['user:b'], é: ['user:c'], '10': ['user:d'], '9': [] };
    const input = policyInput({ updates: [update(['src/api/a', 'src/api/b'])], groups });
    const wanted = encodeDecision(machine.evaluate(input));
    const property = fc.property(fc.infiniteStream(fc.nat()), (stream) => {
      const shuffled = (value: JsonValue): JsonValue => {
        if (Array.isArray(value)) return value.map(shuffled);
        if (typeof value !== 'object' || value === null) return value;
        const keyed = Object.entries(value).map((entry) => ({ entry, rank: stream.next().value as number }));
        keyed.sort((a, b) => a.rank - b.rank);
        return Object.fromEntries(keyed.map(({ entry: [key, inner] }) => [key, shuffled(inner as JsonValue)]));
      };
      expect(encodeDecision(machine.evaluate(shuffled(input)))).toEqual(wanted);
    });
    fc.assert(property, { seed: 3, numRuns: 50 });
  });
});

describe('a document', () => {
  const machine = policyMachine(
    'deny "x" when { input.received == 1.0 == true }'.replace('1.0', '1').replace(' == true', ''),
  );

  it.each<[string, unknown]>([
    ['a float', { received: 0.5 }],
    ['a lone surrogate', { profile: '\ud800' }],
    ['undefined', { profile: undefined }],
  ])('is refused with %s in it', (_what, fields) => {
    expect(() => machine.evaluate({ ...(policyInput() as object), ...(fields as object) } as never)).toThrow(
      /cannot be judged/,
    );
  });

  it('is refused when it is too deep, without overflowing the stack', () => {
    let deep: JsonValue = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => machine.evaluate(deep)).toThrow(/cannot be judged/);
  });

  it('of any other shape is judged without a fault of ours: what errs denies', () => {
    const judge = policyMachine(`${API}
      rule p(c, q) if { u in input.updates; k in u.commits; c = k.id; q in k.parents }
      rule p(c, q) if { p(c, m); p(m, q) }
      deny "p" message "{c}" when { p(c, c); not member("leads", c) }
      warn "k" message "{k}" when { k, v in input.groups; count(v) > 1 }`);
    let erred = 0;
    const property = fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 3 }), (updates, other) => {
      const input = {
        ...(policyInput() as object),
        updates: [updates, { commits: [other] }],
        groups: other,
        grants: other,
      };
      try {
        const decision = judge.evaluate(input as never);
        if (decision.errors.length > 0) erred++;
        expect(decision.errors.length > 0 && decision.verdict === 'allow').toBe(false);
        expect(decodeDecision(encodeDecision(decision))).toEqual(decision);
      } catch (error) {
        expect(error).toMatchObject({ code: 'evaluate/input' });
      }
    });
    fc.assert(property, { seed: 21, numRuns: 500 });
    expect(erred).toBeGreaterThan(50);
  });

  it('may have keys such as `__proto__`', () => {
    const groups = JSON.parse('{"__proto__": ["user:a"], "constructor": ["user:b"]}') as JsonValue;
    const decision = decide('warn "g" message "{g} {a}" when { member(g, a) }', { groups });
    expect(firedBy(decision)).toEqual(['warn g: __proto__ user:a', 'warn g: constructor user:b']);
  });
});
