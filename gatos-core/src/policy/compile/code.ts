/**
 * The `.rgc` form: the program as strict DAG-CBOR. Whatever decodes is a program that the evaluator can run without looking again:
 * names resolved, slots bound before they are read, layers in order, no test rule in a circle.
 */
import { sha256 } from '#hash';
import { decode, encode, type Value } from '../../codec/index.js';
import { compareText, LIMITS } from '../../kernel/index.js';
import { findCircleFaults } from './circles.js';
import type { Clause, Expr, Head, Predicate, Program, Scope } from './ir.js';
import { BodyReader, type Callable, readPlace } from './read-body.js';
import { ValueReader } from './read-value.js';
import { layers } from './strata.js';

export function encodeProgram(program: Program): Uint8Array {
  return encode(program as unknown as Value);
}

/** `policy_code_root`: SHA-256 of the `.rgc` bytes. */
export function policyCodeRoot(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

/**
 * The program that these bytes hold. Succeeds only when `encodeProgram` gives the same bytes again.
 * Throws `policy-code/shape`, and the faults of `decode`.
 */
export function decodeProgram(bytes: Uint8Array): Program {
  const value = decode(bytes, { maxBytes: LIMITS.policyCodeBytes });
  return new ProgramReader().program(value);
}

const DOTTED = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/;
const ID = /^[a-z0-9][a-z0-9-]*$/;
const VARIABLE = /^([a-z_][a-z0-9_]*)?$/;
const DIGEST_BYTES = 32;

class ProgramReader {
  readonly #reader = new ValueReader();
  #modules = 0;
  #moduleNames: ReadonlyMap<string, number> = new Map();
  #predicates: readonly Callable[] = [];

  program(value: Value): Program {
    const r = this.#reader;
    const map = r.map(value, ['v', 'modules', 'predicates', 'strata', 'heads']);
    if (map.v !== 1) r.inside('v', () => r.refuse('is not 1'));
    const modules = r.field(map, 'modules', (each) => this.#readModules(each));
    this.#modules = modules.length;
    this.#moduleNames = new Map(modules.map(({ name }, index) => [name, index]));
    this.#predicates = r.field(map, 'predicates', (each) => r.list(each, (item) => this.#signature(item)));
    const predicates = r.field(map, 'predicates', (each) =>
      r.list(each, (item, index) => this.#predicate(item, index)),
    );
    this.#sorted(
      'predicates',
      predicates.map(({ name }) => name),
    );
    const heads = r.field(map, 'heads', (each) => r.list(each, (item) => this.#head(item)));
    this.#sorted(
      'heads',
      heads.map(({ id }) => id),
    );
    const strata = this.#strata(map.strata, predicates);
    return { v: 1, modules, predicates, strata, heads };
  }

  #sorted(field: string, names: readonly string[]): void {
    names.forEach((name, index) => {
      const before = names[index - 1];
      if (before !== undefined && compareText(before, name) >= 0)
        this.#reader.inside(field, () => this.#reader.inside(index, () => this.#reader.refuse('is out of order')));
    });
  }

  #readModules(value: Value): Program['modules'] {
    const r = this.#reader;
    const modules = r.list(value, (item) => {
      const map = r.map(item, ['name', 'file', 'digest']);
      const name = r.field(map, 'name', (each) => r.text(each, { pattern: DOTTED, form: 'the name of a module' }));
      const file = r.field(map, 'file', (each) => r.text(each));
      const { digest } = map;
      if (!(digest instanceof Uint8Array) || digest.length !== DIGEST_BYTES)
        return r.refuse('has no digest of 32 bytes');
      return { name, file, digest };
    });
    if (modules.length > LIMITS.policyModules) r.refuse(`has more than ${LIMITS.policyModules} modules`);
    this.#sorted(
      'modules',
      modules.map(({ name }) => name),
    );
    return modules;
  }

  /** What callers must know of a predicate, read before any body. */
  #signature(value: Value): Callable {
    const r = this.#reader;
    const map = r.map(value, ['name', 'arity', 'needs', 'clauses']);
    const arity = r.field(map, 'arity', (each) => r.int(each, { min: 0, below: LIMITS.policyParams + 1 }));
    let before = -1;
    const needs = r.field(map, 'needs', (each) =>
      r.list(each, (item) => {
        before = r.int(item, { min: before + 1, below: arity });
        return before;
      }),
    );
    return { arity, needs };
  }

  #predicate(value: Value, index: number): Predicate {
    const r = this.#reader;
    const map = r.map(value, ['name', 'arity', 'needs', 'clauses']);
    const callable = this.#predicates[index] ?? { arity: 0, needs: [] };
    const name = r.field(map, 'name', (each) => r.text(each, { pattern: DOTTED, form: 'the name of a rule' }));
    const module = this.#moduleNames.get(name.slice(0, Math.max(0, name.lastIndexOf('.'))));
    if (module === undefined) return r.refuse('has a name without its module');
    const clauses = r.field(map, 'clauses', (each) => r.list(each, (item) => this.#clause(item, callable)));
    if (clauses.some(({ place }) => place[0] !== module)) r.refuse('has a clause in another module');
    if (clauses.length === 0) r.refuse('has no clause');
    return { name, ...callable, clauses };
  }

  #scope(map: Readonly<Record<'slots' | 'names', Value>>): Scope {
    const r = this.#reader;
    const slots = r.field(map, 'slots', (each) => r.int(each, { min: 0, below: LIMITS.policySlots + 1 }));
    const form = { pattern: VARIABLE, form: 'the name of a variable' };
    const names = r.field(map, 'names', (each) => r.list(each, (item) => r.text(item, form)));
    if (names.length !== slots) r.inside('names', () => r.refuse(`has ${names.length} names for ${slots} slots`));
    return { slots, names };
  }

  #bodyReader(slots: number): BodyReader {
    const context = { reader: this.#reader, modules: this.#modules, predicates: this.#predicates, slots };
    return new BodyReader(context, new Set(), new Set());
  }

  #clause(value: Value, { arity, needs }: Callable): Clause {
    const r = this.#reader;
    const map = r.map(value, ['slots', 'names', 'head', 'body', 'place']);
    const scope = this.#scope(map);
    const reader = this.#bodyReader(scope.slots);
    const place = r.field(map, 'place', (each) => readPlace({ reader: r, modules: this.#modules }, each));
    r.field(map, 'head', (head) => {
      r.list(head, (item, index) => {
        const entries = r.entries(item);
        // A parameter that the caller binds is either a slot of its own, or an expression that is compared with it at the end.
        if (needs.includes(index) && entries.op === 'slot' && entries.slot !== undefined) reader.free(entries.slot);
      });
    });
    const body = r.field(map, 'body', (each) => reader.body(each));
    const head = r.field(map, 'head', (each) => r.list(each, (item) => reader.expr(item)));
    if (head.length !== arity) r.inside('head', () => r.refuse(`has ${head.length} parameters, not ${arity}`));
    return { ...scope, head, body, place };
  }

  #head(value: Value): Head {
    const r = this.#reader;
    const fields = [
      'id',
      'effect',
      'form',
      'message',
      'hint',
      'because',
      'key',
      'body',
      'slots',
      'names',
      'place',
    ] as const;
    const map = r.map(value, fields);
    const scope = this.#scope(map);
    const reader = this.#bodyReader(scope.slots);
    const id = r.field(map, 'id', (each) => r.text(each, { pattern: ID, form: 'an id' }));
    const form = r.field(map, 'form', (each) => r.oneOf(each, ['deny', 'warn', 'require']));
    const effect = r.field(map, 'effect', (each) => r.oneOf(each, form === 'warn' ? ['warn'] : ['deny']));
    const place = r.field(map, 'place', (each) => readPlace({ reader: r, modules: this.#modules }, each));
    const body = r.field(map, 'body', (each) => reader.body(each));
    if (form === 'require' && body.at(-1)?.op !== 'not') r.refuse('requires, but does not end in `not`');
    let before = -1;
    const key = r.field(map, 'key', (each) =>
      r.list(each, (item) => {
        before = r.int(item, { min: before + 1, below: scope.slots });
        return reader.bound.has(before) ? before : r.refuse('is a slot that nothing binds');
      }),
    );
    const message = r.field(map, 'message', (each) => this.#template(each, reader));
    const hint = r.field(map, 'hint', (each) => (each === null ? null : this.#template(each, reader)));
    const because = r.field(map, 'because', (each) => (each === null ? null : r.text(each)));
    return { id, effect, form, message, hint, because, key, body, ...scope, place };
  }

  #template(value: Value, reader: BodyReader): readonly (string | Expr)[] {
    const r = this.#reader;
    const parts = r.list(value, (item) => (typeof item === 'string' ? r.text(item) : reader.expr(item)));
    const odd = parts.some(
      (part, index) => part === '' || (typeof part === 'string' && typeof parts[index - 1] === 'string'),
    );
    return odd ? r.refuse('has an empty text, or two texts side by side') : parts;
  }

  /** The layers are a function of the predicates: there is one right answer. */
  #strata(value: Value, predicates: readonly Predicate[]): Program['strata'] {
    const r = this.#reader;
    const [fault] = findCircleFaults(predicates, 1);
    if (fault !== undefined) r.refuse(`has a circle of rules that is not allowed (${fault.what})`);
    const right = layers(predicates);
    const found = r.field({ strata: value }, 'strata', (each) =>
      r.list(each, (layer) => r.list(layer, (item) => r.int(item, { min: 0, below: predicates.length }))),
    );
    const same = found.length === right.length && found.every((layer, index) => layer.join() === right[index]?.join());
    return same ? found : r.inside('strata', () => r.refuse('are not the layers of these rules'));
  }
}
