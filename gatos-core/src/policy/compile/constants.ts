/** Values that are known before the input is: constants, and whatever is made of literals alone. */
import { type JsonValue, setEntry } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import type { Expr as Ast, ConstItem, Span } from '../language/index.js';
import type { Findings } from './findings.js';
import type { Unit } from './modules.js';

/** What a dotted name stands for: `people.leads` is constant `leads` of the module imported as `people`. */
export function dottedName(expr: Ast): readonly string[] | null {
  const parts: string[] = [];
  let at = expr;
  for (; at.kind === 'field'; at = at.of) parts.unshift(at.name.text);
  return at.kind === 'name' ? [at.name, ...parts] : null;
}

interface Extent {
  /** Values, with itself; long texts count as several. */
  readonly count: number;
  /** Lists and records inside one another. */
  readonly depth: number;
}

/** UTF-16 units of a text that weigh as much as one value. */
const UNITS_A_VALUE = 8;
const extents = new WeakMap<object, Extent>();

/** Size of a value, in time that does not grow with how often its parts are shared. */
export function extentOfValue(value: JsonValue): Extent {
  if (typeof value === 'string') return { count: 1 + Math.floor(value.length / UNITS_A_VALUE), depth: 0 };
  if (typeof value !== 'object' || value === null) return { count: 1, depth: 0 };
  const known = extents.get(value);
  if (known !== undefined) return known;
  let [count, depth] = [1, 0];
  for (const part of Object.values(value) as readonly JsonValue[]) {
    const inner = extentOfValue(part);
    count += inner.count;
    depth = Math.max(depth, inner.depth);
  }
  const extent = { count, depth: depth + 1 };
  extents.set(value, extent);
  return extent;
}

/** Addition and the like on constant values; undefined where the types do not fit or the result is too large. */
export function arithmetic(op: '+' | '-' | '*', left: JsonValue, right: JsonValue): JsonValue | undefined {
  if (typeof left === 'string' && typeof right === 'string' && op === '+')
    return left.length + right.length <= LIMITS.policySourceBytes ? left + right : undefined;
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  const result = op === '+' ? left + right : op === '-' ? left - right : left * right;
  return Number.isSafeInteger(result) ? result + 0 : undefined;
}

export class Constants {
  readonly #known = new Map<Unit, Map<string, JsonValue | undefined>>();
  /** Constants that are being evaluated, outermost first. */
  readonly #open: string[] = [];

  constructor(readonly findings: Findings) {}

  /** The value of a constant of a module; undefined when it has none (which is reported where it is defined). */
  valueOf(unit: Unit, name: string): JsonValue | undefined {
    unit.used.constants.add(name);
    const known = this.#known.get(unit) ?? new Map<string, JsonValue | undefined>();
    this.#known.set(unit, known);
    if (known.has(name)) return known.get(name);
    const item = unit.constants.get(name);
    if (item === undefined) return undefined;
    const full = `${unit.name}.${name}`;
    if (this.#open.length >= LIMITS.policyNesting) {
      this.findings.add(unit.source, item.span, 'too-deep', {});
      return undefined;
    }
    const start = this.#open.indexOf(full);
    if (start !== -1) {
      const circle = [...this.#open.slice(start), full];
      this.findings.add(unit.source, item.name.span, 'constant-circle', { circle });
      return undefined;
    }
    this.#open.push(full);
    const value = this.bounded(unit, item);
    this.#open.pop();
    known.set(name, value);
    return value;
  }

  private bounded(unit: Unit, item: ConstItem): JsonValue | undefined {
    const value = this.evaluate(unit, item.value);
    if (value === undefined) return undefined;
    const { count, depth } = extentOfValue(value);
    if (depth > LIMITS.policyNesting) this.findings.add(unit.source, item.span, 'too-deep', {});
    else if (count <= LIMITS.policyNodes) return value;
    else
      this.findings.add(unit.source, item.span, 'too-many', {
        what: 'values in a constant',
        limit: LIMITS.policyNodes,
      });
    return undefined;
  }

  /** The value of an expression made of constants; undefined, and a finding, when it is none. */
  evaluate(unit: Unit, expr: Ast): JsonValue | undefined {
    switch (expr.kind) {
      case 'value':
        return expr.value;
      case 'list':
        return this.list(unit, expr.items);
      case 'record': {
        const out: Record<string, JsonValue> = {};
        let whole = true;
        for (const { key, value } of expr.entries) {
          const found = this.evaluate(unit, value);
          if (found === undefined) whole = false;
          else setEntry(out, key.text, found);
        }
        return whole ? out : undefined;
      }
      case 'binary':
        return this.binary(unit, expr);
      case 'name':
      case 'field':
        return this.named(unit, expr);
      default:
        return this.refuse(unit, expr.span, 'this');
    }
  }

  private list(unit: Unit, items: readonly Ast[]): JsonValue | undefined {
    const values = items.map((item) => this.evaluate(unit, item));
    return values.every((value) => value !== undefined) ? (values as readonly JsonValue[]) : undefined;
  }

  private binary(unit: Unit, expr: Extract<Ast, { kind: 'binary' }>): JsonValue | undefined {
    const { op } = expr;
    if (op !== '+' && op !== '-' && op !== '*') return this.refuse(unit, expr.span, 'a comparison');
    const [left, right] = [this.evaluate(unit, expr.left), this.evaluate(unit, expr.right)];
    if (left === undefined || right === undefined) return undefined;
    const result = arithmetic(op, left, right);
    if (result === undefined) this.findings.add(unit.source, expr.span, 'overflow', {});
    return result;
  }

  private named(unit: Unit, expr: Ast): JsonValue | undefined {
    const found = this.find(unit, expr);
    if (found === undefined && expr.kind === 'field' && !unit.imports.has(dottedName(expr.of)?.join('.') ?? '')) {
      const of = this.evaluate(unit, expr.of);
      if (of === undefined) return undefined;
      const { text } = expr.name;
      if (typeof of === 'object' && of !== null && !Array.isArray(of) && Object.hasOwn(of, text))
        return (of as { readonly [key: string]: JsonValue })[text];
    }
    if (found === undefined) return this.refuse(unit, expr.span, dottedName(expr)?.join('.') ?? 'this');
    return found.value;
  }

  /** The constant that an expression names, if it names one; its value is undefined when it has none. */
  find(unit: Unit, expr: Ast): { readonly value: JsonValue | undefined } | undefined {
    const parts = dottedName(expr);
    if (parts === null) return undefined;
    const [first = ''] = parts;
    if (parts.length === 1) return unit.constants.has(first) ? { value: this.valueOf(unit, first) } : undefined;
    const alias = parts.slice(0, -1).join('.');
    const name = parts.at(-1) ?? '';
    if (!unit.imports.has(alias)) return undefined;
    unit.used.imports.add(alias);
    const module = unit.imports.get(alias) ?? null;
    if (module === null) return { value: undefined };
    return module.constants.has(name) ? { value: this.valueOf(module, name) } : undefined;
  }

  private refuse(unit: Unit, span: Span, what: string): undefined {
    this.findings.add(unit.source, span, 'constant', { what: what === 'this' ? what : `\`${what}\`` });
    return undefined;
  }
}
