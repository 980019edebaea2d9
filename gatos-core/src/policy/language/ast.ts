/** The syntax tree of a policy module. Every node knows its place, so that whatever is said of it can point at the source. */
import type { JsonValue } from '../../codec/index.js';

/** A range of the module's text, in UTF-16 units: `start` inclusive, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Name {
  readonly text: string;
  readonly span: Span;
}

export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOp = '+' | '-' | '*';
export type AggregateFn = 'count' | 'min' | 'max';

export type Expr =
  | { readonly kind: 'value'; readonly value: JsonValue; readonly form: ValueForm; readonly span: Span }
  | { readonly kind: 'name'; readonly name: string; readonly span: Span }
  | { readonly kind: 'field'; readonly of: Expr; readonly name: Name; readonly span: Span }
  | { readonly kind: 'index'; readonly of: Expr; readonly index: Expr; readonly span: Span }
  /** Built-in or rule: the checker knows. `name` is dotted. */
  | { readonly kind: 'call'; readonly name: Name; readonly args: readonly Expr[]; readonly span: Span }
  | { readonly kind: 'list'; readonly items: readonly Expr[]; readonly span: Span }
  | {
      readonly kind: 'record';
      readonly entries: readonly { readonly key: Name; readonly value: Expr }[];
      readonly span: Span;
    }
  | {
      readonly kind: 'binary';
      readonly op: CompareOp | ArithmeticOp;
      readonly left: Expr;
      readonly right: Expr;
      readonly span: Span;
    }
  | { readonly kind: 'in'; readonly negated: boolean; readonly left: Expr; readonly right: Expr; readonly span: Span }
  | {
      readonly kind: 'aggregate';
      readonly fn: AggregateFn;
      readonly value: Expr;
      readonly body: Body;
      readonly span: Span;
    }
  | { readonly kind: 'comprehension'; readonly value: Expr; readonly body: Body; readonly span: Span };

/** How a literal was written, for the formatter: `value` in canonical JSON, `duration`, `time` and grouped integers keep their text. */
export type ValueForm = { readonly as: 'json' } | { readonly as: 'source'; readonly text: string };

export type Literal =
  | { readonly kind: 'holds'; readonly expr: Expr; readonly span: Span }
  | { readonly kind: 'bind'; readonly name: Name; readonly expr: Expr; readonly span: Span }
  /** `k, v in EXPR`; the form with one name is `holds` of an `in`, because it may be a membership. */
  | { readonly kind: 'each'; readonly key: Name; readonly value: Name; readonly of: Expr; readonly span: Span }
  | { readonly kind: 'not'; readonly body: Body; readonly span: Span }
  | {
      readonly kind: 'every';
      readonly key: Name | null;
      readonly value: Name;
      readonly of: Expr;
      readonly body: Body;
      readonly span: Span;
    };

export interface Body {
  readonly literals: readonly Literal[];
  readonly span: Span;
}

export type Item = ConstItem | RuleItem | HeadItem | TestItem;

export interface ConstItem {
  readonly kind: 'const';
  readonly name: Name;
  readonly value: Expr;
  readonly span: Span;
}

export interface RuleItem {
  readonly kind: 'rule';
  readonly name: Name;
  readonly params: readonly Expr[];
  /** Null: a fact. */
  readonly body: Body | null;
  readonly span: Span;
}

/** `message`, `hint` and `because` are templates as written, without quotes and escapes. */
export interface HeadItem {
  readonly kind: 'head';
  readonly effect: 'deny' | 'warn' | 'require';
  readonly id: Name;
  readonly message: Template | null;
  readonly hint: Template | null;
  readonly because: Name | null;
  /** `when` of deny and warn, `for` of require. */
  readonly when: Body;
  /** Of require only. */
  readonly that: Body | null;
  readonly span: Span;
}

export interface Template {
  readonly parts: readonly (string | Expr)[];
  readonly span: Span;
}

export interface TestItem {
  readonly kind: 'test';
  readonly name: Name;
  readonly given: Expr;
  readonly expects: readonly Expect[];
  readonly span: Span;
}

export type Expect =
  | { readonly kind: 'allow'; readonly span: Span }
  | {
      readonly kind: 'fires';
      readonly effect: 'deny' | 'warn';
      readonly no: boolean;
      readonly id: Name | null;
      readonly span: Span;
    }
  | { readonly kind: 'message'; readonly text: string; readonly span: Span };

export interface Import {
  /** Dotted. */
  readonly module: Name;
  readonly as: Name | null;
  readonly span: Span;
}

export interface Comment {
  readonly text: string;
  readonly span: Span;
}

export interface Module {
  /** Null: named by its file. */
  readonly name: Name | null;
  readonly imports: readonly Import[];
  readonly items: readonly Item[];
  /** In the order of the text; the formatter puts them back. */
  readonly comments: readonly Comment[];
}
