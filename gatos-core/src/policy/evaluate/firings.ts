/** Heads: each firing once, with its message. */
import { Cid, encode, type JsonValue } from '../../codec/index.js';
import { isGatosError, LIMITS } from '../../kernel/index.js';
import { isComposite, type ListVal, type RecordVal, RuleFault, toJson, type Val } from '../builtins/index.js';
import type { Env } from './env.js';
import type { Eval } from './expression.js';
import type { PreparedHead } from './prepare.js';
import { Relation, type Row } from './relation.js';
import type { Run } from './run.js';
import { cutText, showPlain, showValue } from './show.js';
import { solve } from './solve.js';

/** A firing before it is placed in a decision. */
export interface Found {
  readonly head: PreparedHead;
  readonly env: Env;
  readonly key: Row;
  readonly bindings: Readonly<Record<string, JsonValue>>;
  readonly message: string;
  readonly hint: string | null;
}

export interface Fired {
  readonly head: PreparedHead;
  /** Distinct keys of all firings. */
  readonly keys: Relation;
  /** The first of them, LIMITS.policyFirings at most. */
  readonly found: readonly Found[];
}

/** Bindings as data; those of large values are made once for a run. */
export type Shown = Map<Val, JsonValue>;

function keyOf({ source }: PreparedHead, env: Env): Row {
  return source.key.map((slot) => {
    const value = env[slot];
    if (value === undefined) throw new RuleFault('policy/unbound', 'a variable of the message is not bound');
    return value;
  });
}

/** Calls `take` for each distinct firing, with the variables of its first solution. */
export function eachFiring(head: PreparedHead, run: Run, take: (key: Row, env: Env) => void): Relation {
  const env: Env = new Array<Val | undefined>(head.source.slots);
  const keys = new Relation(head.source.key.length);
  run.rule = head.source.id;
  run.within(() => {
    const found = (): boolean => {
      const key = keyOf(head, env);
      if (keys.add(key, 0)) take(key, env);
      return false;
    };
    solve(head.body, env, run, found, { onFault: (fault) => run.note(head.source.id, fault) });
  });
  return keys;
}

export function fireHead(head: PreparedHead, run: Run, shown: Shown): Fired {
  const found: Found[] = [];
  const keys = eachFiring(head, run, (key, env) => {
    if (found.length >= LIMITS.policyFirings) return;
    found.push(describe({ head, key, env: [...env] }, run, shown));
  });
  return { head, keys, found };
}

/** What does not render is noted and left out: the firing stands. */
function describe({ head, key, env }: Pick<Found, 'head' | 'key' | 'env'>, run: Run, shown: Shown): Found {
  const { source } = head;
  const bindings: [string, JsonValue][] = [];
  const attempt = <T>(make: () => T, otherwise: T): T => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof RuleFault)) throw error;
      run.note(source.id, error);
      return otherwise;
    }
  };
  key.forEach((value, at) => {
    const name = source.names[source.key[at] as number] ?? '';
    if (name !== '') bindings.push([name, attempt(() => showBinding(value, run, shown), null)]);
  });
  const message = head.message.length === 0 ? source.id : attempt(() => render(head.message, env, run), source.id);
  const { hint } = head;
  return {
    head,
    key,
    env,
    bindings: Object.fromEntries(bindings),
    message,
    hint: hint === null ? null : attempt(() => render(hint, env, run), null),
  };
}

/** Texts as they are (control characters escaped, long ones cut), other values as JSON. */
function render(parts: readonly (string | Eval)[], env: Env, run: Run): string {
  let out = '';
  for (const part of parts) {
    out += typeof part === 'string' ? part : showPlain(part(env, run));
    run.spend(1);
  }
  return cutText(out, LIMITS.policyMessageUnits);
}

/** The value; of a large list or record its CID, its size in bytes, and its short fields. */
function showBinding(value: Val, run: Run, shown: Shown): JsonValue {
  if (typeof value === 'string') {
    const starts = value.charCodeAt(0) === 0xfeff;
    return starts || value.length > LIMITS.policyBindingBytes ? showValue(value) : value;
  }
  if (!isComposite(value)) return value;
  const known = shown.get(value);
  if (known !== undefined) return known;
  run.spend(value.size >>> 2);
  const made = composite(value);
  shown.set(value, made);
  return made;
}

/** What of a large record still says which one it is: its own short values. */
function scalarsOf(json: JsonValue): JsonValue {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return {};
  const isShort = (value: JsonValue): boolean =>
    typeof value === 'string'
      ? value.length <= LIMITS.policyBindingBytes / 8
      : typeof value !== 'object' || value === null;
  return Object.fromEntries(Object.entries(json).filter(([, value]) => isShort(value)));
}

function composite(value: ListVal | RecordVal): JsonValue {
  const json = toJson(value);
  try {
    const bytes = encode(json);
    // A decision nests its bindings four deep.
    if (bytes.length <= LIMITS.policyBindingBytes && value.depth <= LIMITS.depth - 4) return json;
    return { cid: Cid.hash('dag-cbor', bytes).toString(), bytes: bytes.length, fields: scalarsOf(json) };
  } catch (error) {
    // A text that a rule made may have no encoding (one that starts with U+FEFF).
    if (!isGatosError(error)) throw error;
    return showValue(value);
  }
}
