/**
 * The experiment as an RO-Crate 1.1 (w3id.org/ro/crate/1.1) of the profile Process Run Crate 0.5 (w3id.org/ro/wfrun/process/0.5): each job is
 * a CreateAction, its program the SoftwareApplication that was its instrument.
 */
import { formatJson, formatTime, type JsonValue } from '../../codec/index.js';
import { actionEntities } from './crate-actions.js';
import { agentEntity, agentId } from './crate-agents.js';
import { type Entity, fileEntity, reference } from './crate-entities.js';
import { type CrateFile, idOf, planCrate } from './crate-files.js';
import { type ExportedExperiment, type License, urn } from './model.js';

export const CRATE_METADATA = 'ro-crate-metadata.json';
export const CRATE_SPECIFICATION = 'https://w3id.org/ro/crate/1.1';
export const PROCESS_PROFILE = 'https://w3id.org/ro/wfrun/process/0.5';

const CONTEXT = ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'];

/** "Root Data Entity": a licence SHOULD be an entity with a name and a description. That there is none is said, not left out. */
function licenseEntity(license: License | null): Entity {
  if (license === null)
    return {
      '@id': '#no-license',
      '@type': 'CreativeWork',
      name: 'No licence was given',
      description:
        'Whoever made this experiment named no licence. Ask them before you use it for anything but checking it.',
    };
  const { id, name, spdx } = license;
  const description = spdx === undefined ? name : `${name} (SPDX: ${spdx})`;
  return { '@id': id, '@type': 'CreativeWork', name, description, ...(spdx === undefined ? {} : { identifier: spdx }) };
}

function description({ proof, jobs, pox }: ExportedExperiment): string {
  if (proof.notes.trim() !== '') return proof.notes;
  const count = jobs.length === 1 ? 'one job' : `${jobs.length} jobs`;
  return `An experiment of ${count}, with its inputs, its programs and its outputs. Its Proof-of-Experiment is ${pox}.`;
}

function rootEntity(experiment: ExportedExperiment, files: readonly CrateFile[], actions: readonly string[]): Entity {
  const { proof, pox, time, license, actor, repo } = experiment;
  return {
    '@id': './',
    '@type': 'Dataset',
    conformsTo: reference(PROCESS_PROFILE),
    name: proof.title,
    description: description(experiment),
    // "MUST be a string in ISO 8601 date format", to the day at least.
    datePublished: formatTime(time),
    license: reference(licenseEntity(license)['@id']),
    author: reference(agentId(actor)),
    identifier: [proof.ulid, String(pox), urn('repository', repo)],
    hasPart: files.map((file) => reference(idOf(file))),
    mentions: actions.map(reference),
  };
}

export interface Crate {
  /** The text of `ro-crate-metadata.json`. */
  readonly metadata: string;
  /** Files to put beside it, each once, by path. */
  readonly files: readonly CrateFile[];
}

/** Each entity once: the first that is said of an `@id` stands. */
function distinct(entities: readonly Entity[]): readonly Entity[] {
  const seen = new Set<string>();
  return entities.filter(({ '@id': id }) => !seen.has(id) && seen.add(id) !== undefined);
}

/** The metadata and the list of files. One experiment, one text. */
export function roCrate(experiment: ExportedExperiment): Crate {
  const { jobs, files } = planCrate(experiment);
  const actions = jobs.map((job) => actionEntities(experiment, job));
  const graph: readonly Entity[] = distinct([
    {
      '@id': CRATE_METADATA,
      '@type': 'CreativeWork',
      conformsTo: reference(CRATE_SPECIFICATION),
      about: reference('./'),
    },
    rootEntity(
      experiment,
      files,
      actions.map(({ action }) => action['@id']),
    ),
    { '@id': PROCESS_PROFILE, '@type': 'CreativeWork', name: 'Process Run Crate', version: '0.5' },
    licenseEntity(experiment.license),
    agentEntity(experiment.actor, experiment.key),
    ...actions.flatMap(({ action, others }) => [action, ...others]),
    ...files.map(fileEntity),
  ]);
  const document: JsonValue = { '@context': CONTEXT, '@graph': graph as readonly JsonValue[] };
  return { metadata: `${formatJson(document, { indent: 2 })}\n`, files };
}
