/** A policy that is ready to judge documents. */
import { Cid, encode, type JsonValue } from '../../codec/index.js';
import { compareBytes, compareText, isGatosError, LIMITS } from '../../kernel/index.js';
import { GlobCache, Pool, RuleFault, type Val } from '../builtins/index.js';
import { encodeProgram, type Program, policyCodeRoot } from '../compile/index.js';
import type { PolicyInput } from '../input/index.js';
import type { Decision, Firing, RuleError } from './decision.js';
import { deriveAll } from './derive.js';
import { evaluateError } from './errors.js';
import { type Fired, type Found, fireHead, type Shown } from './firings.js';
import { Positions, type Sources } from './positions.js';
import { answer, type Prepared, prepareProgram } from './prepare.js';
import type { World } from './prove.js';
import { Run } from './run.js';
import { cutText } from './show.js';
import { grantsUsed } from './uses.js';

export interface PrepareOptions {
  /** `policy_code_root`: 32 bytes, which decisions cite. That of the encoded program when absent. */
  readonly codeRoot?: Uint8Array;
  /** Texts of all modules by file, for lines and columns. Without them a decision cites `line: 0` and the offset in the file. */
  readonly sources?: Sources;
}

export interface EvaluateOptions {
  /** LIMITS.policyGas when absent. One rule or layer of rules takes at most half of what is left. */
  readonly gas?: number;
}

export interface ObserveOptions extends EvaluateOptions {
  /** Keep how every row was derived: takes memory, costs no gas. */
  readonly proofs?: boolean;
}

/** A firing of a decision with what it was made from. */
export interface Listed {
  readonly firing: Firing;
  readonly found: Found;
}

export interface Observation extends World {
  readonly decision: Decision;
  readonly listed: readonly Listed[];
  readonly positions: Positions;
}

export interface Machine {
  /**
   * Judges a document. The same document (whatever the order of its keys), program and gas give the same decision.
   * Throws `evaluate/input` for what is no document: floats, undefined, too deep, too large.
   */
  evaluate(input: PolicyInput | JsonValue, options?: EvaluateOptions): Decision;
  /** The same decision, with what explanations are made from. */
  observe(input: PolicyInput | JsonValue, options?: ObserveOptions): Observation;
}

/** Throws `evaluate/program` for what no compiler makes, `evaluate/source` for sources that are not those of the program. */
export function prepare(program: Program, options: PrepareOptions = {}): Machine {
  const prepared = prepareProgram(program);
  const { codeRoot = policyCodeRoot(encodeProgram(program)), sources } = options;
  const positions = new Positions(program, sources ?? null);
  const observe: Machine['observe'] = (input, { gas = LIMITS.policyGas, proofs = false } = {}) => {
    const { cid, run } = start(prepared, input as JsonValue, { gas, keepsProofs: proofs });
    deriveAll(prepared, run, () => true);
    const shown: Shown = new Map();
    const fired = prepared.heads.map((head) => fireHead(head, run, shown));
    const uses = usesOf(prepared, run, fired);
    const listed = list(fired, positions);
    const errors = errorsOf(run, positions);
    const denies =
      errors.length > 0 || fired.some(({ head, keys }) => head.source.effect === 'deny' && keys.rows.length > 0);
    const hidden = fired.reduce((sum, { keys }) => sum + keys.rows.length, 0) - listed.length;
    const decision: Decision = {
      v: 1,
      input: cid,
      policy_code_root: codeRoot,
      verdict: denies ? 'deny' : 'allow',
      fired: listed.map(({ firing }) => firing),
      ...(hidden > 0 ? { truncated: hidden } : {}),
      errors,
      uses,
      gas: run.meter.used,
    };
    return { prepared, run, decision, listed, positions };
  };
  return { observe, evaluate: (input, { gas } = {}) => observe(input, gas === undefined ? {} : { gas }).decision };
}

function start(
  prepared: Prepared,
  input: JsonValue,
  { gas, keepsProofs }: { readonly gas: number; readonly keepsProofs: boolean },
): { readonly cid: Cid; readonly run: Run } {
  const pool = new Pool(prepared.pool);
  let cid: Cid;
  let value: Val;
  try {
    const bytes = encode(input);
    if (bytes.length > LIMITS.policyInputBytes) {
      throw evaluateError('input', { why: `it has ${bytes.length} bytes, the limit is ${LIMITS.policyInputBytes}` });
    }
    cid = Cid.hash('dag-cbor', bytes);
    value = pool.fromJson(input);
  } catch (error) {
    if (error instanceof RuleFault) throw evaluateError('input', { why: error.message });
    if (!isGatosError(error) || error.code === 'evaluate/input') throw error;
    throw evaluateError('input', { why: error.message }, { cause: error });
  }
  const run = new Run({
    pool,
    globs: new GlobCache(),
    input: value,
    meter: { used: 0, limit: gas },
    arities: prepared.arities,
    answer: (predicate, needed, asking) => answer(prepared, predicate, needed, asking),
    keepsProofs,
  });
  return { cid, run };
}

function usesOf(prepared: Prepared, run: Run, fired: readonly Fired[]): readonly string[] {
  return [...grantsUsed(prepared, run, fired)].sort(compareText);
}

interface Ordered extends Listed {
  readonly bytes: Uint8Array;
}

function compareFirings(a: Ordered, b: Ordered): number {
  if (a.firing.effect !== b.firing.effect) return a.firing.effect === 'deny' ? -1 : 1;
  return compareText(a.firing.id, b.firing.id) || compareBytes(a.bytes, b.bytes);
}

/** The firings that are listed: the first of each head, then as many as there is room for, denies before warnings. */
function list(fired: readonly Fired[], positions: Positions): readonly Listed[] {
  const all = fired.flatMap(({ found }) => found.map((each) => order(each, positions))).sort(compareFirings);
  if (all.length <= LIMITS.policyFirings) return all;
  const firsts = all.filter(({ firing }, at) => firing.id !== all[at - 1]?.firing.id);
  const others = all.filter((each) => !firsts.includes(each));
  const room = Math.max(0, LIMITS.policyFirings - firsts.length);
  return [...firsts, ...others.slice(0, room)].sort(compareFirings);
}

function order(found: Found, positions: Positions): Ordered {
  const { source } = found.head;
  const { bindings, message, hint } = found;
  const { id, effect, because } = source;
  const firing: Firing = { id, effect, ...positions.of(source.place), bindings, message, hint, because };
  return { firing, found, bytes: encode(bindings) };
}

function errorsOf(run: Run, positions: Positions): readonly RuleError[] {
  return [...run.errors.values()]
    .map(({ rule, place, code, message }) => ({
      rule,
      ...positions.of(place),
      code,
      message: cutText(message, LIMITS.policyMessageUnits),
    }))
    .sort(
      (a, b) =>
        compareText(a.rule, b.rule) ||
        compareText(a.file, b.file) ||
        a.line - b.line ||
        a.column - b.column ||
        compareText(a.code, b.code),
    )
    .slice(0, LIMITS.policyErrors);
}
