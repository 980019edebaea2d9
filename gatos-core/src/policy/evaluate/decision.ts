/** What was decided, in a form that has one encoding: the same document and policy give the same bytes everywhere. */

import type { JsonValue } from '../../codec/index.js';
import { type Cid, decode, encode, s, type Value } from '../../codec/index.js';
import { isGatosError, LIMITS } from '../../kernel/index.js';
import { evaluateError } from './errors.js';

export interface Firing {
  readonly id: string;
  readonly effect: 'deny' | 'warn';
  readonly file: string;
  /** From 1; 0 where the sources were not given. */
  readonly line: number;
  /** From 1, in UTF-16 units; where the sources were not given, units from the start of the file. */
  readonly column: number;
  /** Variables that tell this firing from others. A list or record above 1 KiB is `{ cid, bytes, fields }` instead, `fields` being the short ones. */
  readonly bindings: Readonly<Record<string, JsonValue>>;
  readonly message: string;
  readonly hint: string | null;
  readonly because: string | null;
}

export interface RuleError {
  /** `module.rule`, or the id of a head. */
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `policy/<what>` */
  readonly code: string;
  readonly message: string;
}

export interface Decision {
  readonly v: 1;
  /** Of the document. */
  readonly input: Cid;
  /** 32 bytes. */
  readonly policy_code_root: Uint8Array;
  readonly verdict: 'allow' | 'deny';
  /** Denies first, then by id, then by the canonical bytes of the bindings. */
  readonly fired: readonly Firing[];
  /** Firings beyond LIMITS.policyFirings, which are not listed. Absent when there are none. */
  readonly truncated?: number;
  readonly errors: readonly RuleError[];
  /** Ids of grants that kept a deny from firing, sorted. */
  readonly uses: readonly string[];
  readonly gas: number;
}

const position = {
  file: s.text({ maxBytes: LIMITS.attachmentPathBytes }),
  line: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  column: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
};
/** UTF-16 units take up to three bytes each. */
const shownText = s.text({ maxBytes: 3 * LIMITS.policyMessageUnits });
const name = s.text({ maxBytes: LIMITS.policyMessageUnits });

const firing = s.struct({
  id: name,
  effect: s.oneOf(['deny', 'warn']),
  ...position,
  bindings: s.record(s.json, { max: LIMITS.policySlots }),
  message: shownText,
  hint: s.nullable(shownText),
  because: s.nullable(name),
});

const schema = s.struct({
  v: s.literal(1),
  input: s.cid,
  policy_code_root: s.bytes({ length: 32 }),
  verdict: s.oneOf(['allow', 'deny']),
  fired: s.list(firing, { max: LIMITS.policyItems }),
  truncated: s.optional(s.int({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  errors: s.list(s.struct({ rule: name, ...position, code: name, message: shownText }), { max: LIMITS.policyErrors }),
  uses: s.list(name, { max: LIMITS.policyItems }),
  gas: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

/** Canonical bytes. */
export function encodeDecision(decision: Decision): Uint8Array {
  return encode(decision as unknown as Value);
}

/** Throws `evaluate/decision` for bytes that are not exactly a decision's. */
export function decodeDecision(bytes: Uint8Array): Decision {
  try {
    return schema.read(decode(bytes));
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw evaluateError('decision', { why: error.message }, { cause: error });
  }
}
