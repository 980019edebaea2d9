/** From faults to refusals: which rule of the gate a fault belongs to, and what would make the push pass. */
import { type Check, type GatosError, isGatosError } from '../kernel/index.js';
import { gateError } from './errors.js';
import type { Refusal } from './judgement.js';
import type { RefUpdate } from './push.js';
import { plainLine } from './text.js';

/** The rules that the gate knows without any policy, and what to do when one refuses. */
export const GATE_RULES = {
  'gate/append-only': 'history there is never rewritten: `git gatos sync`, and record on top of what is there',
  'gate/create-once': 'it is written once: record what is new under another name',
  'gate/no-deletion': 'what was recorded stays: leave the deletion out of the push',
  'gate/foreign-ref': 'leave the ref out of the push, or give it a name outside of `refs/gatos/`',
  'gate/local-ref': 'leave the ref out of the push',
  'gate/moved': '`git gatos sync`, and push again',
  'gate/envelope': 'push the chain as `git gatos` wrote it',
  'gate/sequence': '`git gatos sync`, and record again on top of what is there',
  'gate/replay': 'sign the envelope for the chain and the repository where it is to stand',
  'gate/records': 'record only what belongs on this chain',
  'gate/attachments': 'push the chain as `git gatos` wrote it',
  'gate/signature': 'let the actor sign the envelope',
  'gate/trust': 'sign with a key that the trust chain knows as the actor’s, or let the roots add the key',
  'gate/threshold': 'let more of the roots sign, then apply and push again',
  'gate/genesis': 'push to the repository that this trust chain was founded for',
  'gate/clock': '`git gatos sync`, then record it again',
  'gate/time': 'set the clock of the machine that wrote it, then record it again',
  'gate/sealed': '`git gatos sync`, then emit again',
  'gate/proof-of-fold': 'fold again from the journals as they are: `git gatos fold run NAME`',
  'gate/definition': 'publish the fold again with `git gatos fold run NAME`',
  'gate/policy-bundle': 'adopt the policy again from its sources',
  'gate/governance': 'see `git gatos proposals` for what is granted and what is missing',
  'gate/job': 'push all that belongs to a job together, as `git gatos sync` does: see `git gatos job show`',
  'gate/blob': 'put the blob again with `git gatos blob put`, and push its records together',
  'gate/capability':
    '`git gatos sync`; then let who may issue, pass on or revoke it record it again: see `git gatos cap list`',
  'gate/effect':
    '`git gatos sync`, and push effects with the capabilities and grants that they name: see `git gatos effect history`',
  'gate/bus': '`git gatos sync`, which brings the topic as it is, then publish, acknowledge or compact again',
  'gate/experiment': 'push the experiment with the jobs and states that it names, as `git gatos sync` does',
  'gate/limits': 'push in parts',
  'gate/malformed': 'push with git',
  'gate/could-not-check': 'push again; if it stays so, `git gatos doctor` on the server says more',
} as const;
export type GateRule = keyof typeof GATE_RULES;

/** By code, else by area. */
const RULES_OF_CODES: readonly (readonly [code: string, rule: GateRule])[] = [
  ['gate/bad-push', 'gate/malformed'],
  ['gate/limit', 'gate/limits'],
  ['gate/deletion', 'gate/no-deletion'],
  ['gate/never-pushed', 'gate/local-ref'],
  ['gate/moved', 'gate/moved'],
  ['gate/look-alike', 'gate/foreign-ref'],
  ['gate/unfounded', 'gate/trust'],
  ['gate/clock-ahead', 'gate/clock'],
  ['gate/time-ahead', 'gate/time'],
  ['gate/sealed', 'gate/sealed'],
  ['gate/unsealed', 'gate/sealed'],
  ['gate/revoked-now', 'gate/trust'],
  ['git/ref-name', 'gate/foreign-ref'],
  ['chain/name', 'gate/foreign-ref'],
  ['chain/foreign-ref', 'gate/foreign-ref'],
  ['chain/rewritten', 'gate/append-only'],
  ['git/not-linear', 'gate/sequence'],
  ['chain/written-again', 'gate/create-once'],
  ['chain/unsigned', 'gate/signature'],
  ['chain/bad-signature', 'gate/signature'],
  ['chain/other-chain', 'gate/replay'],
  ['chain/other-repository', 'gate/replay'],
  ['chain/broken-sequence', 'gate/sequence'],
  ['chain/broken-link', 'gate/sequence'],
  ['chain/clock-not-rising', 'gate/sequence'],
  ['chain/unknown-kind', 'gate/records'],
  ['chain/bad-record', 'gate/records'],
  ['chain/bad-attachment', 'gate/attachments'],
  ['chain/bad-index', 'gate/attachments'],
  ['chain/', 'gate/envelope'],
  ['trust/threshold', 'gate/threshold'],
  ['trust/other-genesis', 'gate/genesis'],
  ['trust/misplaced-genesis', 'gate/genesis'],
  ['trust/', 'gate/trust'],
  ['fold/proof-mismatch', 'gate/proof-of-fold'],
  ['fold/definition-altered', 'gate/definition'],
  ['fold/not-alone', 'gate/records'],
  ['fold/', 'gate/proof-of-fold'],
  ['governance/', 'gate/governance'],
  ['blobs/', 'gate/blob'],
  ['capabilities/', 'gate/capability'],
  ['effects/', 'gate/effect'],
  ['jobs/', 'gate/job'],
  ['experiments/', 'gate/experiment'],
  ['bus/not-summarised', 'gate/no-deletion'],
  ['bus/pruned', 'gate/create-once'],
  ['bus/misplaced', 'gate/records'],
  ['bus/', 'gate/bus'],
  ['journal/', 'gate/records'],
  ['audit/', 'gate/records'],
  ['policy/', 'gate/policy-bundle'],
  ['codec/', 'gate/envelope'],
  ['git/wrong-type', 'gate/envelope'],
  ['git/malformed-object', 'gate/envelope'],
  ['git/too-large', 'gate/limits'],
  ['git/too-many', 'gate/limits'],
];

/** Nobody is told that something is false because it could not be looked at. */
const UNCHECKED = new Set(['missing', 'unavailable', 'unsupported', 'internal']);

function ruleOf({ code, kind }: GatosError): GateRule {
  const own = RULES_OF_CODES.find(([start]) => code === start)?.[1];
  if (own !== undefined) return own;
  if (UNCHECKED.has(kind)) return 'gate/could-not-check';
  if (kind === 'limit') return 'gate/limits';
  return RULES_OF_CODES.find(([start]) => start.endsWith('/') && code.startsWith(start))?.[1] ?? 'gate/could-not-check';
}

const SHORT = 12;

/** `moving \`refs/heads/main\` from 1234… to 5678…` */
export function describeMove({ name, old, next }: RefUpdate): string {
  const ref = `\`${plainLine(name)}\``;
  if (next === null) return `the deletion of ${ref}`;
  if (old === null) return `creating ${ref} at ${next.slice(0, SHORT)}`;
  return `moving ${ref} from ${old.slice(0, SHORT)} to ${next.slice(0, SHORT)}`;
}

interface Told {
  readonly rule: GateRule;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Areas whose hints are a way to pass; those of the others explain what is wrong. */
const SAYS_HOW = ['gate/', 'trust/', 'governance/', 'policy/'];

function refusal({ rule, code, message, hint }: Told, update: RefUpdate | null): Refusal {
  const isWay = SAYS_HOW.some((area) => code.startsWith(area));
  const [reasons, ways] = isWay ? [[], [hint ?? GATE_RULES[rule]]] : [[hint ?? []].flat(), [GATE_RULES[rule]]];
  return {
    ref: update === null ? null : plainLine(update.name),
    rule,
    what: update === null ? 'the push' : describeMove(update),
    why: [message, ...reasons].map((line) => plainLine(line)),
    pass: ways.map((line) => plainLine(line)),
    because: null,
  };
}

/** The refusal that a fault of one update, or of the push as a whole, makes. */
export function refuse(fault: GatosError, update: RefUpdate | null = null): Refusal {
  const { code, message, hint } = fault;
  return refusal({ rule: ruleOf(fault), code, message, hint }, update);
}

/** As `refuse`, by a rule that the caller names unless it could not be checked. */
export function refuseBy(rule: GateRule, fault: GatosError, update: RefUpdate): Refusal {
  const { code, message, hint, kind } = fault;
  return refusal({ rule: UNCHECKED.has(kind) ? 'gate/could-not-check' : rule, code, message, hint }, update);
}

/** The refusal of a check that did not pass. */
export function refuseCheck(rule: GateRule, { outcome, code = '', detail, hint }: Check, update: RefUpdate): Refusal {
  return refusal({ rule: outcome === 'fail' ? rule : 'gate/could-not-check', code, message: detail, hint }, update);
}

/** As `refuse`; whatever is no fault of ours to name is told by its name alone. */
export function refuseAny(error: unknown, update: RefUpdate | null = null): Refusal {
  if (isGatosError(error)) return { ...refuse(error, update), rule: uncheckedUnlessKnown(error) };
  const why = error instanceof Error ? `${error.name}: ${plainLine(error.message, 200)}` : 'an unknown fault';
  return refuse(gateError('could-not-check', { why }), update);
}

/** What the gate stumbles over is no verdict on the push, unless it is about the push itself. */
function uncheckedUnlessKnown(error: GatosError): GateRule {
  return error.code.startsWith('gate/') || error.kind === 'limit' ? ruleOf(error) : 'gate/could-not-check';
}
