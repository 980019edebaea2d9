/** The record of a refused push: what is known of it, because its objects vanish with the refusal. */
import { ATTACHMENTS, defineKind } from '../chain/index.js';
import { type Infer, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { auditError } from './errors.js';

export const DENIALS = 'audit/policy/deny/';
export const INPUT_PATH = 'input.cbor';
export const DECISION_PATH = 'decision.cbor';

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const ULID_LENGTH = 26;
const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER } as const;

// They are shown in terminals and in commit messages.
const LINE = s.text({
  maxBytes: LIMITS.denialTextBytes,
  pattern: /^[^\p{Cc}\u2028\u2029]*$/u,
  form: 'text without control characters',
});
const OID = s.text({
  maxBytes: LIMITS.oidBytes,
  pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  form: 'the id of an object',
});
const LINES = s.list(LINE, { max: LIMITS.denialReasons });

const UPDATE = s.struct({ ref: LINE, old: s.nullable(OID), new: s.nullable(OID) });
const REFUSAL = s.struct({
  ref: s.nullable(LINE),
  rule: LINE,
  what: LINE,
  why: LINES,
  pass: LINES,
  because: s.nullable(LINE),
});

const SHAPE = s.struct({
  ulid: s.text({ maxBytes: ULID_LENGTH, pattern: ULID, form: 'a ulid' }),
  /** When the push was received, µs since the epoch. */
  time: s.int(COUNT),
  /** Who the transport said was pushing. */
  pusher: s.nullable(LINE),
  updates: s.list(UPDATE, { max: LIMITS.denialUpdates }),
  /** Ref updates of the push that are not listed. */
  more_updates: s.int(COUNT),
  /** Keys that signed what was pushed, as far as it was looked at. */
  signers: s.list(LINE, { max: LIMITS.denialSigners }),
  refusals: s.list(REFUSAL, { min: 1, max: LIMITS.denialRefusals }),
  /** Refusals that are not listed. */
  more_refusals: s.int(COUNT),
  policy_root: s.nullable(s.cid),
  policy_code_root: s.nullable(s.bytes({ length: 32 })),
  /** The document that the policy was asked about; it travels as `input.cbor` unless it is too large. */
  input: s.nullable(s.cid),
  /** What the policy said: `decision.cbor`. */
  decision: s.nullable(s.cid),
  /** Denials before this one that were not recorded, so that nobody floods the audit. */
  suppressed: s.int(COUNT),
  attachments: ATTACHMENTS,
});
export type Denial = Infer<typeof SHAPE>;

/** What is attached is what is named, and nothing else. */
function attachmentFault({ attachments, input, decision }: Denial): string | undefined {
  const named = [
    ...(decision === null ? [] : [{ path: DECISION_PATH, cid: decision }]),
    ...(input === null ? [] : [{ path: INPUT_PATH, cid: input }]),
  ];
  for (const { path, cid } of attachments) {
    const want = named.find((each) => each.path === path);
    if (want === undefined || !want.cid.equals(cid)) return `attaches \`${path}\`, which it does not name`;
  }
  const paths = attachments.map(({ path }) => path);
  return new Set(paths).size === paths.length ? undefined : 'attaches a file twice';
}

export const DENIAL_KIND = defineKind<Denial>({
  kind: 'gate.denial',
  schema: s.refine(SHAPE, attachmentFault),
  describe: ({ ulid, refusals }) => ({
    title: `denied: ${refusals[0]?.rule ?? 'a push'}`.slice(0, 100),
    trailers: [['Denial', ulid]],
  }),
  attachments: ({ attachments }) => attachments,
});

export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** `audit/policy/deny/01H…`; throws `audit/no-denial` for what is no ulid. */
export function denialChain(id: string): string {
  if (!isUlid(id)) throw auditError('no-denial', { id: id.slice(0, 80) });
  return DENIALS + id;
}
