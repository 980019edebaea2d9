/** Record kinds of governance (design 3.5, 2.7). Every record names what it is about by the CID of that record. */
import { ACTOR, defineKind } from '../chain/index.js';
import { type Infer, type Schema, s } from '../codec/index.js';
import { isGatosError, LIMITS } from '../kernel/index.js';
import { isUlid, ULID_LENGTH } from './names.js';
import { formatQuorum } from './quorum.js';
import { parseQuorum } from './quorum-parse.js';

const TIME = s.int({ min: 0, max: Number.MAX_SAFE_INTEGER });
// They are shown in terminals and in commit messages.
const LINE = /^[^\p{Cc}\u2028\u2029]+$/u;
const line = (maxBytes: number) => s.text({ maxBytes, pattern: LINE, form: 'text without control characters' });
/** Several lines at most: tabs and line feeds are all that controls. */
const PROSE = /^[^\p{Cc}\u2028\u2029]*(?:[\t\n][^\p{Cc}\u2028\u2029]*)*$/u;
const prose = (maxBytes: number) =>
  s.text({ maxBytes, pattern: PROSE, form: 'text without control characters but line feeds and tabs' });

const ULID = s.refine(s.text({ maxBytes: ULID_LENGTH }), (text) => (isUlid(text) ? undefined : 'is not a ulid'));

/** An expression in its canonical form: two spellings of one quorum would be two proposals. */
const QUORUM: Schema<string> = s.refine(s.text({ maxBytes: LIMITS.quorumBytes }), (text) => {
  try {
    const canonical = formatQuorum(parseQuorum(text));
    return canonical === text ? undefined : `is not in its canonical form, which is \`${canonical}\``;
  } catch (error) {
    if (isGatosError(error)) return `is no quorum: ${error.message}`;
    throw error;
  }
});

const TERMS = {
  /** What is to be allowed, such as `api-change`. */
  action: line(LIMITS.actionBytes),
  /** To what: a ref, a path, a name; whatever the policy that asks for the grant compares with. */
  target: line(LIMITS.targetBytes),
  /** Microseconds since the epoch, itself included; null: never. */
  expires: s.nullable(TIME),
  /** How often a grant may be used; null: any number of times. */
  uses: s.nullable(s.int({ min: 1, max: LIMITS.grantUses })),
  /** The policy in force, to which the grant is bound; null: to none. */
  policy_root: s.nullable(s.cid),
} as const;

const PROPOSAL = s.struct({
  ulid: ULID,
  ...TERMS,
  quorum: QUORUM,
  reason: prose(LIMITS.proposalReasonBytes),
  /** Record of a grant on which this one rests: it falls when that one falls. */
  under: s.nullable(s.cid),
  /** Record of a grant that this one replaces once it is granted. */
  supersedes: s.nullable(s.cid),
});
export type Proposal = Infer<typeof PROPOSAL>;

const APPROVAL = s.struct({
  /** Record of the proposal: another word in it is another proposal. */
  proposal: s.cid,
  /** Who approves, as in the envelope: so that two approvals are two records, whatever else they say. */
  actor: ACTOR,
  comment: prose(LIMITS.commentBytes),
});
export type Approval = Infer<typeof APPROVAL>;

const CONSENSUS = s.struct({
  proposal: s.cid,
  /** Records of the approvals that count, sorted by the actor who approved. */
  approvals: s.list(s.cid, { min: 1, max: LIMITS.principals }),
  rule: s.literal('quorum'),
  quorum: QUORUM,
  verdict: s.literal('granted'),
  /** Envelope at the head of the trust chain by which groups were read. */
  trust: s.cid,
});
export type Consensus = Infer<typeof CONSENSUS>;

const GRANT = s.struct({ proposal: s.cid, consensus: s.cid, ...TERMS });
export type Grant = Infer<typeof GRANT>;

export const REVOCABLE = ['proposal', 'approval', 'grant'] as const;
export type Revocable = (typeof REVOCABLE)[number];

const REVOCATION = s.struct({
  ulid: ULID,
  /** Record of what is revoked. */
  target: s.cid,
  kind: s.oneOf(REVOCABLE),
  reason: prose(LIMITS.proposalReasonBytes),
});
export type Revocation = Infer<typeof REVOCATION>;

const OID = s.text({
  maxBytes: LIMITS.oidBytes,
  pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  form: 'the id of an object',
});

const USE = s.struct({
  /** Record of the grant. */
  grant: s.cid,
  ref: line(LIMITS.refBytes),
  old: s.nullable(OID),
  new: s.nullable(OID),
  /** The decision that the grant was needed for. */
  decision: s.cid,
  time: TIME,
});
export type Use = Infer<typeof USE>;

/** As much of a text as fits a title. */
function short(text: string): string {
  const points = [...text];
  return points.length <= 60 ? text : `${points.slice(0, 59).join('')}…`;
}

export const PROPOSAL_KIND = defineKind({
  kind: 'governance.proposal',
  schema: PROPOSAL,
  describe: ({ ulid, action, target, quorum }) => ({
    title: `proposal: ${short(action)} on ${short(target)}`,
    trailers: [
      ['Proposal', ulid],
      ['Quorum', short(quorum)],
    ],
  }),
});

export const APPROVAL_KIND = defineKind({
  kind: 'governance.approval',
  schema: APPROVAL,
  describe: ({ proposal, actor }) => ({ title: `approval by ${actor}`, trailers: [['Proposal-CID', `${proposal}`]] }),
});

export const CONSENSUS_KIND = defineKind({
  kind: 'governance.consensus',
  schema: CONSENSUS,
  describe: ({ proposal, approvals }) => ({
    title: `consensus: ${approvals.length} approved`,
    trailers: [['Proposal-CID', `${proposal}`]],
  }),
});

export const GRANT_KIND = defineKind({
  kind: 'governance.grant',
  schema: GRANT,
  describe: ({ proposal, consensus, action, target }) => ({
    title: `grant: ${short(action)} on ${short(target)}`,
    trailers: [
      ['Proposal-CID', `${proposal}`],
      ['Consensus-CID', `${consensus}`],
    ],
  }),
});

export const REVOCATION_KIND = defineKind({
  kind: 'governance.revocation',
  schema: REVOCATION,
  describe: ({ kind, target }) => ({ title: `revocation of a ${kind}`, trailers: [['Revokes-CID', `${target}`]] }),
});

export const USE_KIND = defineKind({
  kind: 'governance.use',
  schema: USE,
  describe: ({ grant, ref }) => ({ title: `use of a grant for ${short(ref)}`, trailers: [['Grant-CID', `${grant}`]] }),
});
