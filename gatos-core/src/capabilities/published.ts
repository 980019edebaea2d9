/** The JSON Schemas that are published in docs/schemas: of the records of capabilities, and of what `git gatos cap` prints. */
import { type JsonValue, jsonSchemaOf, type Schema, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { SCOPE_KIND, type ScopeName } from '../mythos/index.js';
import { ISSUED_KIND, REVOKED_KIND, USED_KIND } from './schema.js';

const MOST = Number.MAX_SAFE_INTEGER;
const TEXT = s.text({ maxBytes: MOST });
const ID = s.text({ maxBytes: LIMITS.digestText, pattern: /^[0-9a-f]{64}$/ });
const HEX = s.text({ maxBytes: MOST, pattern: /^([0-9a-f]{2})*$/ });
/** Of times that RFC 3339 has no text for, the number of microseconds. */
const TIME = s.text({ maxBytes: MOST });
const many = <T>(item: Schema<T>) => s.list(item, { max: MOST });
const amounts = s.record(s.json, { max: LIMITS.scopeItems });
const KIND = s.oneOf(Object.keys(SCOPE_KIND) as ScopeName[]);
const PARTY = s.struct({ key: TEXT, actor: TEXT });
const STATE = s.oneOf(['active', 'not-yet', 'expired', 'used-up', 'revoked']);
const JSON_OBJECT = s.record(s.json, { max: LIMITS.scopeItems });

const CAPABILITY = {
  id: ID,
  kind: KIND,
  state: STATE,
  issuer: PARTY,
  subject: PARTY,
  scope: s.nullable(JSON_OBJECT),
  not_before: TIME,
  expires_at: TIME,
  delegable: s.bool,
  parents: many(ID),
  /** Numbers, or text beyond 2^53. */
  limits: amounts,
  used: amounts,
  recorded: s.struct({ by: TEXT, time: TIME }),
  revoked: s.nullable(s.struct({ id: ID, by: TEXT, reason: TEXT, time: TIME })),
} as const;
const LISTED = s.struct(CAPABILITY);
const STATUS = s.oneOf(['recorded', 'exists']);

const CHECK = s.struct({
  name: TEXT,
  outcome: s.oneOf(['pass', 'fail', 'unknown']),
  subject: TEXT,
  detail: TEXT,
  code: s.optional(TEXT),
  exit: s.optional(s.int({ min: 0, max: LIMITS.exitStatus })),
  hint: s.optional(TEXT),
  evidence: s.optional(JSON_OBJECT),
});

type Published = readonly [title: string, schema: Schema<unknown>];

const RECORDS: Readonly<Record<string, Published>> = {
  'capability-issued': ['GATOS record of a capability', ISSUED_KIND.schema],
  'capability-revoked': ['GATOS revocation of a capability', REVOKED_KIND.schema],
  'capability-used': ['GATOS use of a capability, or the sum of all', USED_KIND.schema],
};

const OUTPUTS: Readonly<Record<string, Published>> = {
  'output-cap-issue': [
    'git gatos cap issue --json, git gatos cap attenuate --json',
    s.struct({ ...CAPABILITY, status: STATUS, written: s.optional(TEXT) }),
  ],
  'output-cap-show': [
    'git gatos cap show --json',
    s.struct({ ...CAPABILITY, capability: JSON_OBJECT, bytes: HEX, chain: many(LISTED), below: many(LISTED) }),
  ],
  'output-cap-list': ['git gatos cap list --json', many(LISTED)],
  'output-cap-revoke': [
    'git gatos cap revoke --json',
    s.struct({ id: ID, status: STATUS, by: TEXT, reason: TEXT, time: TIME, fell: many(ID) }),
  ],
  'output-cap-verify': [
    'git gatos cap verify --json',
    s.struct({ subject: TEXT, outcome: s.oneOf(['pass', 'fail', 'unknown']), checks: many(CHECK), chain: many(ID) }),
  ],
};

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** By file name in docs/schemas. */
export function capabilitySchemas(): Readonly<Record<string, JsonValue>> {
  const of = (all: typeof RECORDS, description: string) =>
    Object.entries(all).map(([name, [title, { shape }]]) => [
      `${name}.schema.json`,
      { $schema: DRAFT, title, description, ...jsonSchemaOf(shape) },
    ]);
  return Object.fromEntries([
    ...of(RECORDS, 'CIDs are text, bytes are base64url without padding, times are microseconds since the epoch.'),
    ...of(OUTPUTS, 'What the command prints. Ids are hexadecimal, times are RFC 3339.'),
  ]);
}
