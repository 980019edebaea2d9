/** An object taken apart: what it is, where that is specified, each of its fields with what it means, and which checks hold. */
import type { Check } from 'gatos-core';

export interface ExplainedField {
  /** `inputs[0].cid`. */
  readonly path: string;
  /** Field number, in a struct. */
  readonly number?: number | undefined;
  readonly type?: string | undefined;
  /** As JSON: digests and bytes in hexadecimal, times as text. */
  readonly value: unknown;
  readonly does: string;
  /** The object in this field. */
  readonly inside?: Explained | undefined;
}

export interface Explained {
  /** `MYTHOS Receipt`, `job.manifest`. */
  readonly what: string;
  /** What such a thing is, in one line. */
  readonly does: string;
  /** Where its form is specified. */
  readonly spec: string;
  readonly id?: string | undefined;
  /** Where it stands and who made it, a label and a value each. */
  readonly facts?: readonly (readonly [label: string, value: string])[] | undefined;
  readonly fields: readonly ExplainedField[];
  readonly checks: readonly Check[];
  readonly inside?: readonly Explained[] | undefined;
  /** What it could be as well. */
  readonly also?: readonly string[] | undefined;
}

/** The same for programs. */
export function explainedValue(explained: Explained): Record<string, unknown> {
  const { what, does, spec, id, facts = [], fields, checks, inside = [], also = [] } = explained;
  return {
    what,
    does,
    spec,
    id: id ?? null,
    facts: Object.fromEntries(facts),
    fields: fields.map(({ inside: nested, ...field }) => ({
      ...field,
      ...(nested === undefined ? {} : { inside: explainedValue(nested) }),
    })),
    checks,
    inside: inside.map(explainedValue),
    also,
  };
}
