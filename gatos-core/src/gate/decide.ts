/** Asking the policy in force, and putting its decision into words. */
import { Cid, encode, formatJson, type JsonValue, type Value } from '../codec/index.js';
import type { LongCall } from '../kernel/index.js';
import type { InputGrant, PolicyInput } from '../policy/index.js';
import { type Decision, type Explanation, encodeDecision, explain, type Firing } from '../policy/index.js';
import { buildInput, type InputContext, type Pushed } from './input.js';
import type { GrantUse, Refusal } from './judgement.js';
import type { RefUpdate } from './push.js';
import { describeMove } from './refusal.js';
import { plainLine } from './text.js';

export interface Decided {
  readonly verdict: Decision['verdict'];
  /** DAG-CBOR of the document. */
  readonly input: Uint8Array;
  readonly decision: Uint8Array;
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly Refusal[];
  readonly uses: readonly GrantUse[];
  /** Keys that signed commits and tags of the push. */
  readonly signers: readonly string[];
}

/** Builds the document and judges it. Throws what building it throws. */
export async function decide(context: InputContext, pushed: Pushed, options: LongCall): Promise<Decided> {
  const document = await buildInput(context, pushed, options);
  options.signal?.throwIfAborted();
  const { machine } = context.policy;
  const decision = machine.evaluate(document);
  const bytes = encodeDecision(decision);
  const denied = decision.verdict === 'deny';
  const explained = denied ? explain(machine, document) : [];
  const told = decision.fired.map((firing, i) => tell(firing, { explanation: explained[i], updates: pushed.updates }));
  const refusals = [
    ...told.filter((_, i) => decision.fired[i]?.effect === 'deny'),
    ...decision.errors.map((error) => tellError(error)),
  ];
  return {
    verdict: decision.verdict,
    input: encode(document as unknown as Value),
    decision: bytes,
    refusals,
    warnings: told.filter((_, i) => decision.fired[i]?.effect === 'warn'),
    signers: document.updates.flatMap(({ commits, tag }) =>
      [...commits, ...(tag === null ? [] : [tag])].flatMap(({ signer }) => signer?.key ?? []),
    ),
    uses: denied ? [] : usesOf(decision, { document, updates: pushed.updates, cid: Cid.hash('dag-cbor', bytes) }),
  };
}

interface Telling {
  readonly explanation: Explanation | undefined;
  readonly updates: readonly RefUpdate[];
}

const place = ({ file, line, column }: Pick<Firing, 'file' | 'line' | 'column'>): string => `${file}:${line}:${column}`;

/** The update that a firing is about: the one whose ref is among its bindings, or the only one there is. */
function updateOf({ bindings }: Firing, updates: readonly RefUpdate[]): RefUpdate | null {
  const texts = new Set<unknown>();
  for (const value of Object.values(bindings)) {
    texts.add(value);
    texts.add(fieldsOf(value).ref);
  }
  const named = updates.filter(({ name }) => texts.has(name));
  if (named.length === 1) return named[0] ?? null;
  return updates.length === 1 ? (updates[0] ?? null) : null;
}

function tell(firing: Firing, { explanation, updates }: Telling): Refusal {
  const update = updateOf(firing, updates);
  const values = Object.entries(firing.bindings).map(([name, value]) => `${name} = ${shown(value)}`);
  const ways = firing.effect === 'deny' ? (explanation?.ways ?? []) : [];
  const needs = ways.flatMap(({ literal, needs: all }) =>
    all.length === 0
      ? [`not: ${literal}`]
      : all.map(({ needed, found }) => (found === null ? needed : `${needed} (found: ${found})`)),
  );
  const moved = update === null ? [] : [describeMove(update)];
  return {
    ref: update === null ? null : plainLine(update.name),
    rule: `policy/${plainLine(firing.id)}`,
    what: plainLine(firing.message),
    why: [...moved, ...values, `rule \`${firing.id}\` at ${place(firing)}`].map((line) => plainLine(line)),
    pass: [...(firing.hint === null ? [] : [firing.hint]), ...needs].map((line) => plainLine(line)),
    because: firing.because === null ? null : plainLine(firing.because),
  };
}

/** By which of its fields a person knows a record of the document. */
const KNOWN_BY = ['ref', 'path', 'id', 'chain'] as const;

/** Of a record that the decision cut short, its short fields. */
function fieldsOf(value: JsonValue): { readonly [name: string]: JsonValue } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const record = value as { readonly [name: string]: JsonValue };
  const { cid, bytes, fields } = record;
  const isCut = Object.keys(record).length === 3 && cid !== undefined && bytes !== undefined && fields !== undefined;
  return isCut ? fieldsOf(fields) : record;
}

function shown(value: JsonValue): string {
  const fields = fieldsOf(value);
  const known = KNOWN_BY.find((name) => typeof fields[name] === 'string');
  const told = known === undefined ? value : (fields[known] as JsonValue);
  return typeof told === 'string' ? `\`${told}\`` : formatJson(told, { sorted: true });
}

function tellError({ rule, code, message, ...at }: Decision['errors'][number]): Refusal {
  return {
    ref: null,
    rule: `policy/${plainLine(rule)}`,
    what: 'a rule of the policy in force failed, and a rule that fails denies',
    why: [plainLine(`${code}: ${message}`), plainLine(`rule \`${rule}\` at ${place(at)}`)],
    pass: ['mend the rule: `git gatos policy test`, then adopt it again'],
    because: null,
  };
}

interface UseContext {
  readonly document: PolicyInput;
  readonly updates: readonly RefUpdate[];
  readonly cid: Cid;
}

/** One use for each grant that the decision rests on: of the move of its target, else of the first move of the push. */
function usesOf({ uses }: Decision, { document, updates, cid }: UseContext): GrantUse[] {
  return uses.flatMap((id) => {
    const grant = document.grants.find((each) => each.id === id);
    const update = grant === undefined ? undefined : moveOf(grant, { document, updates });
    if (grant === undefined || update === undefined) return [];
    const { name: ref, old, next } = update;
    return [{ id, grant: Cid.parse(grant.cid), ref, old, new: next, decision: cid }];
  });
}

function moveOf(
  { target }: InputGrant,
  { document, updates }: Pick<UseContext, 'document' | 'updates'>,
): RefUpdate | undefined {
  const at = document.updates.findIndex(({ ref, name }) => ref === target || name === target);
  return updates[Math.max(at, 0)];
}
