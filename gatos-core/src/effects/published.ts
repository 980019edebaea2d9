/** The JSON Schemas that are published in docs/schemas: of the records of effects, and of what `git gatos effect` prints. */
import { type JsonValue, jsonSchemaOf, type Schema, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { ENTRY_KINDS, RESOLUTIONS } from './entry-shape.js';
import { type EFFECT_KINDS, entryKindOf, RECEIPT_KIND } from './schema.js';

const MOST = Number.MAX_SAFE_INTEGER;
const TEXT = s.text({ maxBytes: MOST });
const ID = s.text({ maxBytes: LIMITS.digestText, pattern: /^[0-9a-f]{64}$/ });
const TIME = s.text({ maxBytes: MOST });
const U16 = 0xffff;
const STATUS = s.int({ min: 0, max: U16 });
const ATTEMPT = s.int({ min: 1, max: MOST });
const many = <T>(item: Schema<T>) => s.list(item, { max: MOST });
const STATE = s.oneOf(['pending', 'released', 'unknown', 'committed', 'divergent', 'resolved', 'receipt']);
/** A MYTHOS object by the names of its fields (docs/mythos-structs.md). */
const OBJECT = s.record(s.json, { max: MOST });

const CHECK = s.struct({ name: TEXT, outcome: s.oneOf(['pass', 'fail', 'unknown']), detail: TEXT });

const ANSWER = { status: STATUS, body: s.json, error: s.nullable(TEXT) };

const CALLED = s.struct({
  status: s.oneOf(['invoked', 'replayed']),
  tool: TEXT,
  tool_id: ID,
  /** Idempotency id; null: a call without a key. */
  effect: s.nullable(ID),
  capability: ID,
  receipt: ID,
  request_hash: ID,
  response_hash: ID,
  signer: TEXT,
  time: TIME,
  /** Null: a resolution gave a receipt without its response. */
  answer: s.nullable(s.struct(ANSWER)),
});

const LISTED = s.struct({
  id: ID,
  state: STATE,
  tool: s.nullable(TEXT),
  tool_id: ID,
  key: s.nullable(TEXT),
  status: s.nullable(STATUS),
  receipt: s.nullable(ID),
  attempt: s.nullable(ATTEMPT),
  actor: TEXT,
  first: TIME,
  last: TIME,
});

const RESPONSE = s.struct({
  hash: ID,
  size: s.int({ min: 0, max: MOST }),
  status: s.optional(STATUS),
  body: s.optional(s.json),
  error: s.optional(s.nullable(TEXT)),
  /** Instead of the three: why its bytes cannot be shown. */
  fault: s.optional(TEXT),
});

const RECORDED = s.struct({
  kind: TEXT,
  seq: s.int({ min: 0, max: MOST }),
  actor: TEXT,
  time: TIME,
  attempt: s.nullable(ATTEMPT),
  why: s.nullable(TEXT),
});

const SHOWN = s.struct({
  state: STATE,
  key: s.nullable(TEXT),
  id: ID,
  tools: many(TEXT),
  tool_id: ID,
  capability: ID,
  receipt: s.nullable(OBJECT),
  response: s.nullable(RESPONSE),
  checks: many(CHECK),
  register: s.nullable(OBJECT),
  commit: s.nullable(OBJECT),
  /** A DivergenceMark, with the hash of the response that contradicts the one that stands. */
  marks: many(OBJECT),
  resolution: s.nullable(s.struct({ as: s.oneOf(RESOLUTIONS), grant: TEXT, why: TEXT })),
  records: many(RECORDED),
});

const RESOLVED = s.struct({
  effect: ID,
  outcome: s.oneOf(RESOLUTIONS),
  grant: TEXT,
  reason: TEXT,
  /** Is there a receipt that calls get? */
  receipt: s.bool,
});

type Published = readonly [title: string, schema: Schema<unknown>];

const TITLES: Readonly<Record<(typeof ENTRY_KINDS)[number], string>> = {
  'effect.register': 'GATOS lease on an effect',
  'effect.ended': 'GATOS end of an invocation without an outcome',
  'effect.commit': 'GATOS outcome of an effect',
  'effect.divergence': 'GATOS divergence of an effect',
  'effect.resolved': 'GATOS resolution of an effect',
};

/** By kind. Records of an idempotency id have one form; which parts are null is what their kind says. */
function records(): Readonly<Record<string, Published>> {
  const entries = ENTRY_KINDS.map((kind) => [nameOf(kind), [TITLES[kind], schemaOf(kind)]] as const);
  return Object.fromEntries([...entries, [nameOf(RECEIPT_KIND.kind), ['GATOS receipt', RECEIPT_KIND.schema]]]);
}

function schemaOf(kind: (typeof ENTRY_KINDS)[number]): Schema<unknown> {
  return (entryKindOf(kind) as (typeof EFFECT_KINDS)[number]).schema;
}

function nameOf(kind: string): string {
  return kind.replace('.', '-');
}

const OUTPUTS: Readonly<Record<string, Published>> = {
  'output-effect-call': ['git gatos effect call --json', CALLED],
  'output-effect-show': ['git gatos effect show --json', SHOWN],
  'output-effect-history': ['git gatos effect history --json', many(LISTED)],
  'output-effect-resolve': ['git gatos effect resolve --json', RESOLVED],
};

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** By file name in docs/schemas. */
export function effectSchemas(): Readonly<Record<string, JsonValue>> {
  const of = (all: Readonly<Record<string, Published>>, description: string) =>
    Object.entries(all).map(([name, [title, { shape }]]) => [
      `${name}.schema.json`,
      { $schema: DRAFT, title, description, ...jsonSchemaOf(shape) },
    ]);
  return Object.fromEntries([
    ...of(records(), 'CIDs are text, bytes are base64url without padding, times are microseconds since the epoch.'),
    ...of(OUTPUTS, 'What the command prints. Ids and hashes are hexadecimal, times are RFC 3339.'),
  ]);
}
