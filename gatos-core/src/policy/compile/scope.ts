/** Variables and the bodies that they belong to. A variable belongs to the body that meets it first, and is seen in those inside it. */
import type { Span } from '../language/index.js';

export interface Variable {
  readonly name: string;
  readonly span: Span;
  /** How often it is written. */
  mentions: number;
  /** The fact whose approvers it stands for; null where it is another variable. */
  approversOf: string | null;
}

/** `not` asks about what stands around it; a collection makes its own rows. */
export type InnerKind = 'not' | 'collection';

/** One body while its names are resolved. */
export class Frame {
  readonly variables = new Map<string, Variable>();
  /** Variables of enclosing bodies that this one mentions: it can be tried only when they are bound. */
  readonly outer = new Set<Variable>();
  /** Variables of inner bodies that are resolved already. */
  readonly inner = new Map<string, { readonly variable: Variable; readonly kind: InnerKind }>();

  /** Of those, the first of each name that belongs to a `not`. */
  readonly insideNot = new Map<string, Variable>();

  /** Bodies inside this one. */
  readonly children: Frame[] = [];

  constructor(readonly parent: Frame | null) {
    parent?.children.push(this);
  }

  /** A mention of a name: the variable that is seen here, or a new one of this body. */
  mention(name: string, span: Span): { readonly variable: Variable; readonly isNew: boolean } {
    const seen = this.find(name);
    if (seen === undefined) return { variable: this.declare(name, span), isNew: true };
    seen.mentions += 1;
    for (let frame: Frame | null = this; frame !== null && !frame.variables.has(name); frame = frame.parent)
      frame.outer.add(seen);
    return { variable: seen, isNew: false };
  }

  find(name: string): Variable | undefined {
    for (let frame: Frame | null = this; frame !== null; frame = frame.parent) {
      const found = frame.variables.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A new variable of this body, even where an enclosing one has the name. */
  declare(name: string, span: Span): Variable {
    const variable: Variable = { name, span, mentions: 1, approversOf: null };
    this.variables.set(name, variable);
    return variable;
  }

  /** Leaves what an inner body met to the one around it, which warns when it meets the same name later. */
  close(kind: InnerKind): void {
    for (const [name, variable] of this.variables) {
      this.parent?.inner.set(name, { variable, kind });
      if (kind === 'not' && this.parent?.insideNot.has(name) === false) this.parent.insideNot.set(name, variable);
    }
  }

  /** Every name that can be meant here. */
  names(): readonly string[] {
    const out: string[] = [];
    for (let frame: Frame | null = this; frame !== null; frame = frame.parent) out.push(...frame.variables.keys());
    return out;
  }
}
