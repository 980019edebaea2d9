import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, firedBy } from '../../../testing/policy-world.js';

/** Random programs of binary relations over a small domain, in layers, and a naive evaluator to compare with. */
interface Atom {
  readonly name: string;
  readonly args: readonly [string, string];
  readonly negated: boolean;
}
interface Clause {
  readonly name: string;
  readonly head: readonly [string, string];
  readonly body: readonly Atom[];
}
type Rows = Map<string, Set<string>>;

const DOMAIN = ['a', 'b', 'c', 'd'];
const VARIABLES = ['x', 'y', 'z', 'w'];
/** Names by layer; a layer may use itself, and negate those below. */
const LAYERS = [
  ['e', 'f'],
  ['p0', 'p1'],
  ['q0', 'q1'],
];

const pair = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<[T, T]> => fc.tuple(of, of);
const variable = fc.constantFrom(...VARIABLES);
const facts = fc.array(fc.record({ name: fc.constantFrom('e', 'f'), row: pair(fc.constantFrom(...DOMAIN)) }), {
  maxLength: 10,
});

function clauseIn(layer: number): fc.Arbitrary<Clause> {
  const below = LAYERS.slice(0, layer).flat();
  const own = LAYERS[layer] as string[];
  const term = fc.oneof(
    { weight: 5, arbitrary: variable },
    { weight: 1, arbitrary: fc.constantFrom(...DOMAIN.map((d) => `"${d}"`)) },
  );
  const positive = fc.record({
    name: fc.constantFrom(...below, ...own, ...own),
    args: pair(term),
    negated: fc.constant(false),
  });
  const negative = fc.record({ name: fc.constantFrom(...below), args: pair(term), negated: fc.constant(true) });
  return fc
    .record({
      name: fc.constantFrom(...own),
      head: pair(variable),
      positives: fc.array(positive, { minLength: 1, maxLength: 3 }),
      negatives: fc.array(negative, { maxLength: 1 }),
    })
    .map(({ name, head, positives, negatives }) => {
      const bound = positives.flatMap(({ args }) => args).filter((arg) => VARIABLES.includes(arg));
      const safe = (arg: string): string =>
        VARIABLES.includes(arg) && !bound.includes(arg) ? (bound[0] ?? '"a"') : arg;
      const both = ([a, b]: readonly [string, string]): [string, string] => [safe(a), safe(b)];
      const body = [...positives, ...negatives.map((atom) => ({ ...atom, args: both(atom.args) }))];
      return { name, head: both(head), body };
    });
}

const program = fc.record({
  facts,
  clauses: fc
    .tuple(fc.array(clauseIn(1), { maxLength: 5 }), fc.array(clauseIn(2), { maxLength: 5 }))
    .map(([first, second]) => [first, second] as const),
});

const value = (term: string, env: ReadonlyMap<string, string>): string | undefined =>
  term.startsWith('"') ? term.slice(1, -1) : env.get(term);

function* solutions(
  body: readonly Atom[],
  rows: Rows,
  env: ReadonlyMap<string, string>,
): Iterable<ReadonlyMap<string, string>> {
  const [atom, ...rest] = body;
  if (atom === undefined) {
    yield env;
    return;
  }
  if (atom.negated) {
    const row = atom.args.map((arg) => value(arg, env)).join();
    if (rows.get(atom.name)?.has(row) !== true) yield* solutions(rest, rows, env);
    return;
  }
  for (const row of rows.get(atom.name) ?? []) {
    const next = new Map(env);
    const fits = row.split(',').every((found, at) => {
      const arg = atom.args[at] as string;
      const known = value(arg, next);
      if (known === undefined) next.set(arg, found);
      return known === undefined || known === found;
    });
    if (fits) yield* solutions(rest, rows, next);
  }
}

function naive(given: {
  facts: readonly { name: string; row: readonly string[] }[];
  clauses: readonly (readonly Clause[])[];
}): Rows {
  const rows: Rows = new Map(LAYERS.flat().map((name) => [name, new Set<string>()]));
  for (const { name, row } of given.facts) rows.get(name)?.add(row.join());
  for (const layer of given.clauses) {
    for (let grew = true; grew; ) {
      grew = false;
      for (const { name, head, body } of layer) {
        for (const env of [...solutions(body, rows, new Map())]) {
          const row = head.map((term) => value(term, env)).join();
          const relation = rows.get(name) as Set<string>;
          grew ||= !relation.has(row);
          relation.add(row);
        }
      }
    }
  }
  return rows;
}

const atomText = ({ name, args, negated }: Atom): string => `${negated ? 'not ' : ''}${name}(${args.join(', ')})`;

function textOf({ facts: given, clauses }: Parameters<typeof naive>[0]): string {
  const lines = [...LAYERS.flat().map((name) => `rule ${name}("-", "-")`)];
  for (const { name, row } of given) lines.push(`rule ${name}("${row[0]}", "${row[1]}")`);
  for (const { name, head, body } of clauses.flat()) {
    lines.push(`rule ${name}(${head.join(', ')}) if { ${body.map(atomText).join('; ')} }`);
  }
  for (const name of LAYERS.flat()) lines.push(`warn "${name}" message "{x},{y}" when { ${name}(x, y) }`);
  return lines.join('\n');
}

describe('semi-naive evaluation', () => {
  it('derives what naive evaluation derives, on random stratified programs', () => {
    let derived = 0;
    const property = fc.property(program, (given) => {
      // Every relation has a row of its own, so that none is undefined.
      const own = LAYERS.flat().map((name) => ({ name, row: ['-', '-'] }));
      const rows = naive({ ...given, facts: [...own, ...given.facts] });
      const wanted = [...rows].flatMap(([name, all]) => [...all].map((row) => `warn ${name}: ${row}`)).sort();
      const decision = decide(textOf(given));
      expect(decision.errors).toEqual([]);
      expect([...firedBy(decision)].sort()).toEqual(wanted);
      derived += wanted.length;
    });
    fc.assert(property, { seed: 17, numRuns: 200 });
    expect(derived).toBeGreaterThan(2000);
  });

  it.each([
    ['left', 'rule reach(x, z) if { reach(x, y); edge(y, z) }'],
    ['right', 'rule reach(x, z) if { edge(x, y); reach(y, z) }'],
    ['both', 'rule reach(x, z) if { reach(x, y); reach(y, z) }'],
  ])('follows a chain, recursive on the %s', (_side, rule) => {
    const edges = Array.from({ length: 20 }, (_, at) => `rule edge(${at}, ${at + 1})`).join('\n');
    const text = `${edges}\nrule reach(x, y) if { edge(x, y) }\n${rule}\nwarn "n" message "{n}" when { n = count { [x, y] | reach(x, y) } }`;
    expect(firedBy(decide(text))).toEqual(['warn n: 210']);
  });

  it('does no work twice: gas of a right-recursive chain grows as its rows do', () => {
    const gasOf = (length: number): number => {
      const edges = Array.from({ length }, (_, at) => `rule edge(${at}, ${at + 1})`).join('\n');
      const text = `${edges}
        rule down(x) if { x = 0 }
        rule down(y) if { edge(x, y); down(x) }
        warn "n" message "{n}" when { n = count { x | down(x) } }`;
      return decide(text).gas;
    };
    const [small, large] = [gasOf(100), gasOf(400)];
    expect(large / small).toBeLessThan(4.2);
  });
});
