/** The JSON Schemas that are published in docs/schemas, of the records of jobs and experiments and of what commands print. */
import { type JsonValue, jsonSchemaOf, type Schema } from '../codec/index.js';
import { CLAIM_KIND, EXECUTION_KIND, MANIFEST_KIND, RESULT_KIND } from '../jobs/index.js';
import { DRIFT_VIEW } from './drift/index.js';
import { OUTPUTS } from './published-outputs.js';
import { EXPERIMENT_SCHEMA, REPRODUCTION_SCHEMA } from './schema.js';

interface Published {
  readonly title: string;
  readonly description: string;
  readonly schema: Schema<unknown>;
}

const RECORD = 'CIDs are text, bytes are base64url without padding, times are microseconds since the epoch.';

const PUBLISHED: Readonly<Record<string, Published>> = {
  'job-manifest': {
    title: 'GATOS job',
    description: `What is to be run. The CID of its DAG-CBOR is the id of the job. ${RECORD}`,
    schema: MANIFEST_KIND.schema,
  },
  'job-claim': {
    title: 'GATOS claim of a job',
    description: `Who runs a job, and until when. ${RECORD}`,
    schema: CLAIM_KIND.schema,
  },
  'job-execution': {
    title: 'GATOS Proof-of-Execution',
    description: `How a job ran, on what machine, and what came out. ${RECORD}`,
    schema: EXECUTION_KIND.schema,
  },
  'job-result': {
    title: 'GATOS result of a job',
    description: `The one outcome of a job. ${RECORD}`,
    schema: RESULT_KIND.schema,
  },
  experiment: {
    title: 'GATOS Proof-of-Experiment',
    description: `What was run on what, and what came out, as one record. ${RECORD}`,
    schema: EXPERIMENT_SCHEMA,
  },
  reproduction: {
    title: 'GATOS reproduction receipt',
    description: `Who ran an experiment again, and whether it gave the same. ${RECORD}`,
    schema: REPRODUCTION_SCHEMA,
  },
  'drift-report': {
    title: 'GATOS drift report',
    description: 'In what a reproduction departs from the record, the first cause first, and how outputs differ.',
    schema: DRIFT_VIEW,
  },
};

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** By file name in docs/schemas. */
export function publishedSchemas(): Readonly<Record<string, JsonValue>> {
  const records = Object.entries(PUBLISHED).map(([name, { title, description, schema }]) => [
    `${name}.schema.json`,
    { $schema: DRAFT, title, description, ...jsonSchemaOf(schema.shape) },
  ]);
  const outputs = Object.entries(OUTPUTS).map(([name, [command, schema]]) => {
    const title = `git gatos ${command} --json`;
    const description = `What the command prints. ${RECORD.replace('times are microseconds', 'times in records are microseconds')}`;
    return [`${name}.schema.json`, { $schema: DRAFT, title, description, ...schema }];
  });
  return Object.fromEntries([...records, ...outputs]);
}
