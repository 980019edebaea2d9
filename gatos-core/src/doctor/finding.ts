/** What doctor finds, and the tables of all that it can find: texts with holes, so that the page in the docs is derived from them. */
import { invariant } from '../kernel/index.js';

/** `error`: something is wrong or will be refused. `warning`: it will go wrong, or cannot be told. `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  readonly severity: Severity;
  /** `doctor/…`, one of a table of symptoms. */
  readonly code: string;
  /** What it is about: a ref, a path, a setting, an id. */
  readonly subject: string;
  /** What was found, in one line. */
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** The command that mends it; null: none can. */
  readonly mend: string | null;
  /** May `doctor --fix` mend it by itself? */
  readonly fixable: boolean;
}

/** One thing that can be found. `{name}` is a hole; what fills one of `mend` is quoted for a shell. */
export interface Symptom {
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  readonly mend: string | null;
  readonly fixable?: true;
}

export type Symptoms = Readonly<Record<string, Symptom>>;

type Holes<T> = T extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;
type DataOf<S extends Symptom> = { readonly [H in Holes<S['what']> | Holes<S['mend']>]: string | number };

interface Instance {
  /** Default: `code` says it. */
  readonly fixable?: boolean;
}

/** Makes findings of one table. Unknown codes, and data that does not fill the holes, do not compile. */
export type FindingMaker<T extends Symptoms> = <C extends keyof T & string>(
  code: C,
  about: { readonly subject: string; readonly data: DataOf<T[C]> } & Instance,
) => Finding;

const HOLE = /\{(\w+)\}/g;

function filled(
  text: string,
  data: Readonly<Record<string, string | number>>,
  form: (value: string) => string,
): string {
  return text.replaceAll(HOLE, (_, hole: string) => {
    const value = data[hole];
    invariant(value !== undefined, 'data fills every hole');
    return form(String(value));
  });
}

/** One word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The findings of a table. */
export function findingsOf<const T extends Symptoms>(table: T): FindingMaker<T> {
  return (code, { subject, data, fixable }) => {
    const symptom: Symptom = table[code] as Symptom;
    const { severity, what, why, mend } = symptom;
    return {
      severity,
      code: `doctor/${code}`,
      subject,
      what: filled(what, data, (value) => value),
      why,
      mend: mend === null ? null : filled(mend, data, shellWord),
      fixable: fixable ?? symptom.fixable === true,
    };
  };
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** The worst first; within a severity as they were found. */
export function byRank(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}
