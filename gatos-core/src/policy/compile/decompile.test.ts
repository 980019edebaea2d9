import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledPolicy, POLICY_FILES } from '../../../testing/policy-programs.js';
import { compileBundle, decodeProgram, decompile, encodeProgram } from './index.js';

const SEED = 20261120;
const program = compiledPolicy(POLICY_FILES);

/** Without what decompiling does not keep: places, files and digests, names of variables. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaning);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const kept = Object.entries(value).filter(
    ([key, part]) => !['place', 'file', 'digest', 'names'].includes(key) || typeof part === 'number',
  );
  return Object.fromEntries(kept.map(([key, part]) => [key, meaning(part)]));
}

describe('decompile', () => {
  it('compiles to the same program again', () => {
    const texts = decompile(program);
    expect(texts.map(({ file }) => file)).toEqual(['house/times.rgs', 'law.rgs', 'people.rgs']);
    const again = compiledPolicy(texts);
    expect(meaning(again)).toEqual(meaning(program));
    expect(decompile(again)).toEqual(texts);
  });

  it(`does so for all kinds of bodies (seed ${SEED})`, () => {
    let tried = 0;
    const property = fc.property(
      fc.shuffledSubarray(LINES, { minLength: 2 }),
      fc.constantFrom('', ' message "{u.ref} {n}"', ' message "{p}"'),
      (lines, message) => {
        const files = [
          { file: 'm.rgs', text: `${RULES}deny "d"${message} when {\n${[...ALWAYS, ...lines].join('\n')}\n}` },
        ];
        const { program: first } = compileBundle(files);
        if (first === null) return;
        tried += 1;
        expect(meaning(compiledPolicy(decompile(first)))).toEqual(meaning(first));
        expect(decodeProgram(encodeProgram(first))).toEqual(first);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 300 });
    expect(tried).toBeGreaterThan(150);
  });
});

const RULES = `
rule is_api(x) if { glob.match("src/**", x) }
rule next(a, b) if { u in input.updates; c in u.commits; a = c.id; b in c.parents }
rule reach(a, c) if { next(a, c) }
rule reach(a, c) if { reach(a, b); next(b, c) }
`;
const ALWAYS = [
  'u in input.updates',
  'c in u.commits',
  'h in c.changes',
  'p = h.path',
  'n = count { y | z in u.commits; y = z.id }',
  'k, v in input.groups',
  'l = [w.id | w in u.commits]',
  'reach(c.id, r)',
  'f, _ in h',
  'm = max([1, n])',
];
const LINES = [
  'glob.match("src/**", p)',
  'not { granted("a", u.ref, w); count { a | a in w; member("x", a) } > 1 }',
  'not { x in c.parents; x != c.id }',
  'every q in c.parents { q != c.id }',
  'every i, _ in c.parents { i < n }',
  'n > 2 * (3 + 1) - 1',
  'n - (2 - 1) - 1 == 0 - (n * 2 + 1) * 3',
  'is_api(p)',
  '"user:a" in v',
  'member(k, a)',
  'a != p',
  'c.id in l',
  'm == min { o.size | o in c.changes }',
  'not reach(r, c.id)',
  'grant(g, "x", u.ref, ["user:a"])',
  'grant(g, _, g, gw)',
  'p not in ["a", p + "b"]',
  'u.old != null',
  'not { not { u.old == u.new } }',
  '_ in c.parents',
  'f == "path"',
  '(p == "a") == (n == 1)',
  '(p in l) != u.fast_forward',
  'next(s, s)',
  'true',
];
