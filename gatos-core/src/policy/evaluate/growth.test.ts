import { describe, expect, it } from 'vitest';
import { policyInput, policyMachine } from '../../../testing/policy-world.js';
import type { JsonValue } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { explain } from './index.js';

/** Forty rules over the changes of a push, and a push of so many paths. */
const RULES = Array.from({ length: 40 }, (_, at) => {
  const pattern = at % 2 === 0 ? `src/part${at}/**/*.ts` : `{lib,pkg}/mod${at}*/[a-m]*.{js,json}`;
  return `deny "rule-${at}" message "{path}" when {
    u in input.updates; c in u.commits; change in c.changes
    path = change.path
    glob.match("${pattern}", path)
    not granted("part-${at}", u.ref, ["user:a"])
  }`;
}).join('\n');

/** One commit a hundred paths; one path in fifty is guarded. */
function push(paths: number): JsonValue {
  const path = (at: number): string =>
    at % 50 === 0 ? `src/part${at % 40}/x/y${at}.ts` : `docs/chapter${at % 7}/page${at}.md`;
  const commits = Array.from({ length: Math.ceil(paths / 100) }, (_, commit) => ({
    id: commit.toString(16).padStart(40, '0'),
    changes: Array.from({ length: Math.min(100, paths) }, (_, at) => ({ path: path(commit * 100 + at) })),
  }));
  return policyInput({ updates: [{ ref: 'refs/heads/main', commits }] });
}

/** Slope in a log-log plot. */
const exponent = (small: number, large: number, factor: number): number => Math.log(large / small) / Math.log(factor);

/** Least squares of log(gas) over log(size): the power with which gas grows. */
function fittedExponent(points: readonly (readonly [size: number, gas: number])[]): number {
  const logs = points.map(([size, gas]) => [Math.log(size), Math.log(gas)] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, each) => sum + each[at], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const product = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return product / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

const CHANGED = 'rule changed(u, c, path) if { u in input.updates; c in u.commits; k in c.changes; path = k.path }';

describe('growth', () => {
  it.each([
    [
      'one chain of lists',
      'deny "d" message "{p}" when { u in input.updates; c in u.commits; k in c.changes; p = k.path; starts_with(p, "src/") }',
    ],
    [
      'a rule with its columns bound',
      `${CHANGED}\ndeny "d" message "{c.id}" when { u in input.updates; c in u.commits; changed(u, c, path); glob.match("src/**", path) }`,
    ],
    [
      'a negation',
      `${CHANGED}\ndeny "d" message "{path}" when { changed(u, c, path); not changed(u, c, "src/part0/x/y0.ts") }`,
    ],
    [
      'a test rule',
      `${CHANGED}\nrule guarded(p) if { g in ["src/**", "lib/**"]; glob.match(g, p) }\ndeny "d" message "{path}" when { changed(_, _, path); guarded(path) }`,
    ],
    [
      'a count for each commit',
      'deny "d" message "{c.id} {n}" when { u in input.updates; c in u.commits; n = count { k.path | k in c.changes }; n > 10 }',
    ],
    [
      'a collection of all',
      `${CHANGED}\ndeny "d" message "{n}" when { n = count { path | changed(_, _, path) }; n > 0 }`,
    ],
    [
      'every',
      'require "r" message "{c.id}" for { u in input.updates; c in u.commits } that { every k in c.changes { not starts_with(k.path, "src/") } }',
    ],
    [
      'approvals',
      `${CHANGED}\nrule agreed(t) if { granted("api", t, who); count { a | a in who; member("@leads", a) } >= 2 }\ndeny "d" message "{path}" when { changed(u, _, path); not agreed(u.ref) }`,
    ],
  ])('of gas has an exponent of one, in the class that the reference documents: %s', (_what, text) => {
    const machine = policyMachine(text);
    const points = [500, 1000, 2000, 4000, 8000].map((size) => [size, machine.evaluate(push(size)).gas] as const);
    expect(fittedExponent(points)).toBeGreaterThan(0.9);
    expect(fittedExponent(points)).toBeLessThan(1.05);
  });

  it('of gas is told apart from a square', () => {
    const machine = policyMachine(
      'deny "d" message "{n}" when { n = count { k.path | u in input.updates; c in u.commits; d in u.commits; k in d.changes; c != d }; n > 0 }',
    );
    const points = [500, 1000, 2000, 4000].map((size) => [size, machine.evaluate(push(size)).gas] as const);
    expect(fittedExponent(points)).toBeGreaterThan(1.7);
  });

  it('of gas is linear in the paths of a push', () => {
    const machine = policyMachine(RULES);
    const [small, large] = [machine.evaluate(push(400)).gas, machine.evaluate(push(6400)).gas];
    expect(exponent(small, large, 16)).toBeLessThan(1.02);
  });

  it.each([
    [
      'a negation in a rule',
      'rule open(u, path) if { changed(u, path); not granted("api", u.ref, ["user:a"]) }\ndeny "d" message "{path}" when { open(u, path) }',
    ],
    [
      'a rule that is negated',
      'rule closed(u, path) if { changed(u, path); granted("api", u.ref, ["user:a"]) }\ndeny "d" message "{path}" when { changed(u, path); not closed(u, path) }',
    ],
  ])('of gas is linear when grants are accounted for, through %s', (_what, rules) => {
    const machine = policyMachine(
      `rule changed(u, path) if { u in input.updates; c in u.commits; k in c.changes; path = k.path }\n${rules}`,
    );
    const granted = (paths: number): JsonValue =>
      ({
        ...(push(paths) as object),
        grants: [{ id: 'A', action: 'api', target: 'refs/heads/main', approvers: ['user:a'] }],
      }) as JsonValue;
    const [small, large] = [machine.evaluate(granted(200)), machine.evaluate(granted(3200))];
    expect([small.uses, large.uses, large.errors]).toEqual([['A'], ['A'], []]);
    expect(exponent(small.gas, large.gas, 16)).toBeLessThan(1.02);
  });

  it('keeps explanations of a large push whole', () => {
    const machine =
      policyMachine(`rule changed(u, path) if { u in input.updates; c in u.commits; k in c.changes; path = k.path }
      deny "d" message "{path}" when { changed(u, path); not granted("api", u.ref, ["user:a"]) }`);
    const all = explain(machine, push(5000));
    expect(all).toHaveLength(LIMITS.policyFirings);
    expect(all.filter(({ derivation, ways }) => derivation?.literals[0]?.because == null || ways.length !== 1)).toEqual(
      [],
    );
  });

  it('lets forty rules judge a push of 50,000 paths with half the gas that they have', () => {
    const decision = policyMachine(RULES).evaluate(push(50_000));
    expect(decision.errors).toEqual([]);
    expect(decision.gas).toBeLessThan(LIMITS.policyGas / 2);
  });

  it('of gas is linear where rules join on bound columns', () => {
    const machine = policyMachine(`
      rule parent(c, p) if { u in input.updates; k in u.commits; c = k.id; p in k.parents }
      rule grand(c, g) if { parent(c, p); parent(p, g) }
      deny "g" message "{n}" when { n = count { c | grand(c, _) }; n > 0 }`);
    const chain = (length: number): JsonValue =>
      policyInput({
        updates: [{ commits: Array.from({ length }, (_, at) => ({ id: `c${at}`, parents: [`c${at + 1}`] })) }],
      });
    const [small, large] = [machine.evaluate(chain(200)).gas, machine.evaluate(chain(3200)).gas];
    expect(exponent(small, large, 16)).toBeLessThan(1.02);
  });

  it('of gas is one question for each value that a test rule is asked', () => {
    const text = (
      calls: string,
    ): string => `rule slow(x) if { y in [1, 2, 3, 4, 5, 6, 7, 8]; z in [1, 2, 3, 4, 5, 6, 7, 8]; x == y * z }
      warn "w" message "w" when { ${calls} }`;
    const once = policyMachine(text('slow(64)')).evaluate(policyInput()).gas;
    const often = policyMachine(text('slow(64); slow(64); slow(64); slow(64)')).evaluate(policyInput()).gas;
    expect(often).toBeLessThan(once * 1.2);
  });
});
