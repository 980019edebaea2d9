/** The JSON Schemas of what commands about jobs and experiments print with `--json`. */
import { type JsonValue, jsonSchemaOf, s } from '../codec/index.js';
import { EXECUTION_KIND, MANIFEST_KIND, STATUSES } from '../jobs/index.js';
import { EXIT } from '../kernel/index.js';
import { DRIFT_VIEW } from './drift/index.js';
import { EXPERIMENT_SCHEMA, REPRODUCTION_SCHEMA, VERDICTS } from './schema.js';

type JsonRecord = { readonly [key: string]: JsonValue };

const TEXT: JsonValue = { type: 'string' };
const COUNT: JsonValue = { type: 'integer', minimum: 0 };
const FLAG: JsonValue = { type: 'boolean' };
const CID = jsonSchemaOf(s.cid.shape);
/** RFC 3339 in UTC, to the microsecond at most. */
const TIME: JsonValue = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z$' };
const ULID: JsonValue = { type: 'string', pattern: '^[0-7][0-9A-HJKMNP-TV-Z]{25}$' };

function nullable(schema: JsonValue): JsonValue {
  return { anyOf: [{ type: 'null' }, schema] };
}
function list(items: JsonValue): JsonValue {
  return { type: 'array', items };
}

/** Names that end in `?` may be missing. */
function object(fields: JsonRecord): JsonRecord {
  const names = Object.keys(fields);
  return {
    type: 'object',
    additionalProperties: false,
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), fields[name] as JsonValue])),
  };
}

const EXPERIMENT = jsonSchemaOf(EXPERIMENT_SCHEMA.shape) as JsonRecord;
const EXECUTION = jsonSchemaOf(EXECUTION_KIND.schema.shape) as JsonRecord;
const fieldsOf = ({ properties }: JsonRecord): JsonRecord => properties as JsonRecord;
const MANIFEST = fieldsOf(jsonSchemaOf(MANIFEST_KIND.schema.shape) as JsonRecord);
const field = (fields: JsonRecord, name: string): JsonValue => fields[name] as JsonValue;

const FILE = { cid: CID, size: COUNT };
const DONE = { enum: [...STATUSES] };
const STATES = { enum: ['open', 'held', 'expired', ...STATUSES, 'cancelled'] };

/** Times of records are numbers; to people and scripts they are shown as text. */
const EXECUTION_VIEW = object({
  ...fieldsOf(EXECUTION),
  poe: CID,
  actor: TEXT,
  started: TIME,
  finished: TIME,
  seconds: { type: 'number', minimum: 0 },
});

const RUN = object({
  job: CID,
  status: DONE,
  exit: nullable(COUNT),
  failure: nullable(TEXT),
  poe: CID,
  outputs: list(object({ path: TEXT, ...FILE })),
  same_as: nullable(CID),
});

const JOB = object({
  job: CID,
  state: STATES,
  kind: TEXT,
  command: list(TEXT),
  submitted: object({ actor: TEXT, time: TIME }),
  worker: nullable(TEXT),
  lease_until: nullable(TIME),
  attempt: COUNT,
  reason: nullable(TEXT),
  program: field(MANIFEST, 'program'),
  inputs: field(MANIFEST, 'inputs'),
  declared_outputs: field(MANIFEST, 'outputs'),
  libraries: field(MANIFEST, 'libraries'),
  limits: field(MANIFEST, 'limits'),
  network: FLAG,
  execution: nullable(EXECUTION_VIEW),
});

const POX = object({
  id: ULID,
  actor: TEXT,
  time: TIME,
  cid: CID,
  proof: EXPERIMENT,
  states: list(object({ chain: TEXT, checkpoint: CID })),
  jobs: list(
    object({
      job: CID,
      poe: CID,
      command: list(TEXT),
      runner: TEXT,
      inputs: list(object({ name: TEXT, ...FILE, source: TEXT })),
      outputs: list(object({ path: TEXT, ...FILE })),
    }),
  ),
  reproductions: list(object({ id: ULID, verdict: { enum: [...VERDICTS] }, actor: TEXT, time: TIME })),
});

const REPRODUCE = object({
  verdict: { enum: [...VERDICTS] },
  experiment: ULID,
  jobs: list(object({ job: CID, status: DONE, failure: nullable(TEXT), same: FLAG })),
  outputs_root: field(fieldsOf(EXPERIMENT), 'outputs_root'),
  environment_same: FLAG,
  drift: jsonSchemaOf(DRIFT_VIEW.shape),
  reproduction: jsonSchemaOf(REPRODUCTION_SCHEMA.shape),
  kept: nullable(TEXT),
  receipt: nullable(object({ id: ULID, 'path?': TEXT, 'cid?': CID })),
});

const CHECK = object({
  name: TEXT,
  outcome: { enum: ['pass', 'fail', 'unknown'] },
  subject: TEXT,
  detail: TEXT,
  'code?': TEXT,
  'exit?': { enum: Object.values(EXIT) },
  'hint?': TEXT,
  'evidence?': { type: 'object' },
});
const REPORT = { subject: TEXT, outcome: { enum: ['pass', 'fail', 'unknown'] }, checks: list(CHECK) };
const VERIFY = object({
  ...REPORT,
  subjects: list(TEXT),
  totals: object({ chains: COUNT, envelopes: COUNT, records: COUNT, bytes: COUNT }),
});
const VERIFY_RECEIPT = object({
  ...REPORT,
  receipt: object({
    experiment: ULID,
    pox: CID,
    verdict: { enum: [...VERDICTS] },
    keys: list(TEXT),
    held: { enum: ['same', 'other', 'absent', 'no-repository'] },
  }),
});
const CREATED = object({
  id: ULID,
  cid: CID,
  title: field(fieldsOf(EXPERIMENT), 'title'),
  jobs: field(fieldsOf(EXPERIMENT), 'jobs'),
  states: field(fieldsOf(EXPERIMENT), 'states'),
  inputs_root: field(fieldsOf(EXPERIMENT), 'inputs_root'),
  program_id: CID,
  outputs_root: field(fieldsOf(EXPERIMENT), 'outputs_root'),
  dirty: list(TEXT),
});

/** By name: the command, and its schema. */
export const OUTPUTS: Readonly<Record<string, readonly [command: string, schema: JsonRecord]>> = {
  'output-run': ['run', RUN],
  'output-job-show': ['job show', JOB],
  'output-pox-create': ['pox create', CREATED],
  'output-pox-show': ['pox show', POX],
  'output-reproduce': ['reproduce', REPRODUCE],
  'output-verify': ['verify', VERIFY],
  'output-verify-receipt': ['verify --proof RECEIPT', VERIFY_RECEIPT],
};
