/** Is a value an input document? Static check by the table; says every departure with its path. */
import { formatPath, isWellFormed, type JsonValue, type Step } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { nearest } from './nearest.js';
import { INPUT_TYPE } from './table.js';
import type { Field, Type } from './types.js';

export interface InputProblem {
  /** Such as `input.updates[0].commits[2].changes`. */
  readonly path: string;
  /** The same, step by step from `input`. */
  readonly steps: readonly Step[];
  /** Starts with a verb: `is text, not an integer`. */
  readonly why: string;
  readonly hint: string | null;
}

/** Whole: every field is there. Partial: fields may be missing, as in the `given` of a test. */
type Extent = 'whole' | 'partial';

const NAMES: Readonly<Record<Type['t'], string>> = {
  null: 'null',
  bool: 'a boolean',
  int: 'an integer',
  text: 'text',
  any: 'any value',
  list: 'a list',
  record: 'a record',
  map: 'a record',
  nullable: 'null or a value',
};

/** What a value is, for messages. */
function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a record';
  if (Object.is(value, -0)) return 'minus zero';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'an integer' : 'a number that is no integer';
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value !== 'string') return 'no value of the language';
  return isWellFormed(value) ? 'text' : 'text with half a character';
}

class Checker {
  readonly problems: InputProblem[] = [];
  readonly steps: Step[] = [];

  constructor(readonly extent: Extent) {}

  report(why: string, hint: string | null = null): void {
    if (this.problems.length < LIMITS.policyDiagnostics)
      this.problems.push({ path: formatPath('input', this.steps), steps: [...this.steps], why, hint });
  }

  inside(step: Step, work: () => void): void {
    this.steps.push(step);
    work();
    this.steps.pop();
  }

  check(value: unknown, type: Type): void {
    if (type.t === 'nullable') {
      if (value !== null) this.check(value, type.of);
    } else if (type.t === 'list') this.list(value, type);
    else if (type.t === 'map' || type.t === 'record') this.record(value, type);
    else this.leaf(value, type);
  }

  private list(value: unknown, type: Extract<Type, { t: 'list' }>): void {
    if (!Array.isArray(value)) this.mismatch(value, type);
    else for (const [index, item] of value.entries()) this.inside(index, () => this.check(item, type.of));
  }

  private record(value: unknown, type: Extract<Type, { t: 'map' | 'record' }>): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.mismatch(value, type);
    else if (type.t === 'record') this.fields(value, type.fields);
    else for (const [key, item] of Object.entries(value)) this.inside(key, () => this.check(item, type.of));
  }

  private leaf(value: unknown, type: Type): void {
    const right =
      type.t === 'text'
        ? typeof value === 'string' && isWellFormed(value)
        : type.t === 'int'
          ? Number.isSafeInteger(value) && !Object.is(value, -0)
          : type.t === 'bool'
            ? typeof value === 'boolean'
            : type.t === 'any' || value === null;
    if (!right) this.mismatch(value, type);
  }

  private mismatch(value: unknown, type: Type): void {
    this.report(`is ${nameOf(value)}, not ${NAMES[type.t]}`);
  }

  private fields(value: object, fields: Readonly<Record<string, Field>>): void {
    for (const [name, item] of Object.entries(value)) {
      const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (known === undefined) {
        const meant = nearest(name, Object.keys(fields));
        const hint = meant === null ? `its fields: ${Object.keys(fields).join(', ')}` : `did you mean \`${meant}\`?`;
        this.inside(name, () => this.report('is not a field of the input', hint));
      } else this.inside(name, () => this.field(item, known));
    }
    if (this.extent === 'partial') return;
    for (const name of Object.keys(fields))
      if (!Object.hasOwn(value, name)) this.inside(name, () => this.report('is missing'));
  }

  private field(value: unknown, { type, oneOf }: Field): void {
    this.check(value, type);
    if (oneOf === undefined || typeof value !== 'string' || oneOf.includes(value)) return;
    const meant = nearest(value, oneOf);
    this.report(
      `is none of ${oneOf.map((each) => `\`${each}\``).join(', ')}`,
      meant === null ? null : `did you mean \`${meant}\`?`,
    );
  }
}

/** Everything that makes `value` no input document, in the order of the document; empty when it is one. */
export function checkInput(value: JsonValue): readonly InputProblem[] {
  return run(value, 'whole');
}

/** The same, but fields may be missing. */
export function checkPartialInput(value: JsonValue): readonly InputProblem[] {
  return run(value, 'partial');
}

function run(value: JsonValue, extent: Extent): readonly InputProblem[] {
  const checker = new Checker(extent);
  checker.check(value, INPUT_TYPE);
  const version = (value as { readonly v?: JsonValue } | null)?.v;
  if (typeof version === 'number' && version !== 1) checker.inside('v', () => checker.report('is not 1'));
  return checker.problems;
}
