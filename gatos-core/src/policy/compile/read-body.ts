/**
 * Reads steps and expressions of a compiled policy and checks that they can be run: every slot is bound before it is read and bound
 * once at a time, every predicate and built-in exists and gets as many arguments as it takes.
 */
import type { Value } from '../../codec/index.js';
import { FACTS, SIGNATURES } from '../builtins/index.js';
import type { Arg, Expr, FactName, Place, Step } from './ir.js';
import type { ValueReader } from './read-value.js';

export interface Callable {
  readonly arity: number;
  readonly needs: readonly number[];
}

const OPERATORS = ['==', '!=', '<', '<=', '>', '>=', '+', '-', '*'] as const;
const FACT_NAMES: readonly FactName[] = ['grant', 'granted', 'member'];

/** Fields of each step and expression, beside `op` and `place`. */
const STEP_FIELDS = {
  each: ['of', 'key', 'value'],
  bind: ['slot', 'expr'],
  test: ['expr'],
  rows: ['predicate', 'args'],
  facts: ['facts', 'args'],
  not: ['body'],
  every: ['of', 'key', 'value', 'body'],
} as const;
const EXPR_FIELDS = {
  value: ['value'],
  slot: ['slot'],
  input: [],
  field: ['of', 'name'],
  index: ['of', 'index'],
  call: ['builtin', 'args'],
  list: ['items'],
  record: ['entries'],
  binary: ['fn', 'left', 'right'],
  in: ['left', 'right', 'negated'],
  aggregate: ['fn', 'value', 'body'],
  collect: ['value', 'body'],
} as const;

/** All fields of each operation. */
const whole = (fields: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly string[]> =>
  new Map(Object.entries(fields).map(([op, own]) => [op, ['op', 'place', ...own]]));
const STEPS = whole(STEP_FIELDS);
const EXPRS = whole(EXPR_FIELDS);

type Fields = Readonly<Record<string, Value>>;

export interface BodyContext {
  readonly reader: ValueReader;
  readonly modules: number;
  readonly predicates: readonly Callable[];
  readonly slots: number;
}

export function readPlace({ reader, modules }: Pick<BodyContext, 'reader' | 'modules'>, value: Value): Place {
  const [module = -1, start = -1, end = -1, ...more] = reader.list(value, (item, index) =>
    reader.int(item, { min: 0, below: index === 0 ? modules : Number.MAX_SAFE_INTEGER }),
  );
  if (module < 0 || start < 0 || end < start || more.length > 0) reader.refuse('is no place: module, start, end');
  return [module, start, end];
}

/** One body; an inner body is read by a reader of its own that knows what is bound outside. */
export class BodyReader {
  constructor(
    readonly context: BodyContext,
    readonly bound: Set<number>,
    /** Slots that are bound anywhere: each has one binder, so that no row can overwrite another. */
    readonly taken: Set<number>,
  ) {}

  private get reader(): ValueReader {
    return this.context.reader;
  }

  inner(): BodyReader {
    return new BodyReader(this.context, new Set(this.bound), this.taken);
  }

  /** Binds a free slot. */
  free(value: Value): number {
    const slot = this.reader.int(value, { min: 0, below: this.context.slots });
    if (this.taken.has(slot)) this.reader.refuse('is a slot that is bound already');
    this.taken.add(slot);
    this.bound.add(slot);
    return slot;
  }

  freeOrNull(value: Value): number | null {
    return value === null ? null : this.free(value);
  }

  body(value: Value): readonly Step[] {
    return this.reader.list(value, (item) => this.step(item));
  }

  private open(
    value: Value,
    fields: ReadonlyMap<string, readonly string[]>,
  ): { op: string; map: Fields; place: Place } {
    const { reader } = this;
    const { op } = reader.entries(value);
    const known = typeof op === 'string' ? fields.get(op) : undefined;
    if (known === undefined || typeof op !== 'string')
      return reader.inside('op', () => reader.refuse('is no operation'));
    const map: Fields = reader.map(value, known);
    return { op, map, place: reader.field(map, 'place', (each) => readPlace(this.context, each)) };
  }

  private step(value: Value): Step {
    const { op: found, map, place } = this.open(value, STEPS);
    const op = found as Step['op'];
    switch (op) {
      case 'each': {
        const of = this.at(map, 'of');
        const key = this.reader.field(map, 'key', (each) => this.freeOrNull(each));
        return { op, of, key, value: this.reader.field(map, 'value', (each) => this.freeOrNull(each)), place };
      }
      case 'bind': {
        const expr = this.at(map, 'expr');
        return { op, expr, slot: this.reader.field(map, 'slot', (each) => this.free(each)), place };
      }
      case 'test':
        return { op, expr: this.at(map, 'expr'), place };
      case 'rows':
        return this.rows(map, place);
      case 'facts': {
        const facts = this.reader.field(map, 'facts', (each) => this.reader.oneOf(each, FACT_NAMES));
        const callable = { arity: FACTS[facts].length, needs: [] };
        const args = this.reader.field(map, 'args', (each) => this.args(each, callable));
        // What the language cannot say, its code does not say either.
        if (facts !== 'member' && args.at(-1) === null)
          this.reader.inside('args', () => this.reader.refuse('leaves out whose approval counts'));
        return { op, facts, args, place };
      }
      case 'not':
        return { op, body: this.reader.field(map, 'body', (each) => this.inner().body(each)), place };
      case 'every':
        return this.every(map, place);
    }
  }

  private every(map: Fields, place: Place): Step {
    const of = this.at(map, 'of');
    const inside = this.inner();
    const key = this.reader.field(map, 'key', (each) => inside.freeOrNull(each));
    const value = this.reader.field(map, 'value', (each) => inside.free(each));
    return { op: 'every', of, key, value, body: this.reader.field(map, 'body', (each) => inside.body(each)), place };
  }

  private rows(map: Fields, place: Place): Step {
    const { predicates } = this.context;
    const predicate = this.reader.field(map, 'predicate', (each) =>
      this.reader.int(each, { min: 0, below: predicates.length }),
    );
    const callable = predicates[predicate] ?? { arity: 0, needs: [] };
    return { op: 'rows', predicate, args: this.reader.field(map, 'args', (each) => this.args(each, callable)), place };
  }

  /** Arguments that are bound are read before any is bound by the row. */
  private args(value: Value, { arity, needs }: Callable): readonly Arg[] {
    const free: (() => void)[] = [];
    const args = this.reader.list(value, (item, index): Arg => {
      const needed = needs.includes(index);
      if (item === null) return needed ? this.reader.refuse('must be bound') : null;
      const entries = this.reader.entries(item);
      if (Object.hasOwn(entries, 'bound')) return { bound: this.at(this.reader.map(item, ['bound']), 'bound') };
      if (needed) this.reader.refuse('must be bound');
      const map = this.reader.map(item, ['free']);
      const slot = this.reader.field(map, 'free', (each) =>
        this.reader.int(each, { min: 0, below: this.context.slots }),
      );
      free.push(() => this.reader.inside(index, () => this.free(slot)));
      return { free: slot };
    });
    if (args.length !== arity) this.reader.refuse(`has ${args.length} arguments, not ${arity}`);
    for (const bind of free) bind();
    return args;
  }

  private at(map: Fields, name: string): Expr {
    return this.reader.field(map, name, (each) => this.expr(each));
  }

  expr(value: Value): Expr {
    const { reader } = this;
    const { op: found, map, place } = this.open(value, EXPRS);
    const op = found as Expr['op'];
    switch (op) {
      case 'value':
        return { op, value: reader.field(map, 'value', (each) => reader.json(each)), place };
      case 'slot':
        return { op, slot: reader.field(map, 'slot', (each) => this.slot(each)), place };
      case 'input':
        return { op, place };
      case 'field':
        return { op, of: this.at(map, 'of'), name: reader.field(map, 'name', (each) => reader.text(each)), place };
      case 'index':
        return { op, of: this.at(map, 'of'), index: this.at(map, 'index'), place };
      case 'call':
        return this.call(map, place);
      case 'list':
        return { op, items: reader.field(map, 'items', (each) => reader.list(each, (item) => this.expr(item))), place };
      case 'record':
        return { op, entries: reader.field(map, 'entries', (each) => this.entries(each)), place };
      case 'binary': {
        const fn = reader.field(map, 'fn', (each) => reader.oneOf(each, OPERATORS));
        return { op, fn, left: this.at(map, 'left'), right: this.at(map, 'right'), place };
      }
      case 'in': {
        const { negated } = map;
        if (typeof negated !== 'boolean') return reader.inside('negated', () => reader.refuse('is no boolean'));
        return { op, left: this.at(map, 'left'), right: this.at(map, 'right'), negated, place };
      }
      case 'aggregate': {
        const fn = reader.field(map, 'fn', (each) => reader.oneOf(each, ['count', 'min', 'max']));
        return { op, fn, ...this.collection(map), place };
      }
      case 'collect':
        return { op, ...this.collection(map), place };
    }
  }

  private slot(value: Value): number {
    const slot = this.reader.int(value, { min: 0, below: this.context.slots });
    return this.bound.has(slot) ? slot : this.reader.refuse('is a slot that nothing binds');
  }

  private call(map: Fields, place: Place): Expr {
    const { reader } = this;
    const builtin = reader.field(map, 'builtin', (each) => reader.text(each));
    const signature = SIGNATURES.get(builtin);
    if (signature === undefined) return reader.inside('builtin', () => reader.refuse('is no built-in'));
    const args = reader.field(map, 'args', (each) => reader.list(each, (item) => this.expr(item)));
    const wanted = signature.params.length;
    if (args.length !== wanted)
      reader.inside('args', () => reader.refuse(`has ${args.length} arguments, not ${wanted}`));
    return { op: 'call', builtin, args, place };
  }

  private entries(value: Value): readonly (readonly [string, Expr])[] {
    const seen = new Set<string>();
    return this.reader.list(value, (item) => {
      const { reader } = this;
      if (!Array.isArray(item) || item.length !== 2) return reader.refuse('is no key and value');
      const [key, entry] = item as readonly Value[] as readonly [Value, Value];
      const name = reader.text(key);
      if (seen.has(name)) reader.refuse('has the key of another entry');
      seen.add(name);
      return [name, reader.inside(1, () => this.expr(entry))] as const;
    });
  }

  private collection(map: Fields): { readonly value: Expr; readonly body: readonly Step[] } {
    const inside = this.inner();
    const body = this.reader.field(map, 'body', (each) => inside.body(each));
    return { value: inside.at(map, 'value'), body };
  }
}
