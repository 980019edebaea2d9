/** A job as a CreateAction, with its program, tools and variables. */
import { formatDigest, formatHex, formatTime } from '../../codec/index.js';
import { agentEntity, agentId } from './crate-agents.js';
import { type Entity, reference } from './crate-entities.js';
import { type CrateJob, idOf } from './crate-files.js';
import { homeOf } from './media-types.js';
import { type ExportedExperiment, type ExportedJob, encodePart, urn } from './model.js';

export interface ActionEntities {
  readonly action: Entity;
  readonly others: readonly Entity[];
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1) || path;

/** The command as a person reads it. "For information only, no particular structure is to be assumed." */
function commandOf({ manifest: { program } }: ExportedJob): string {
  return [program.entry, ...program.args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

function toolEntities({ execution }: ExportedJob): readonly Entity[] {
  return execution.environment.tools.map(({ name, version, digest }) => {
    const url = homeOf(baseName(name));
    return {
      '@id': `#tool-${encodePart(name)}-${formatHex(digest).slice(0, 16)}`,
      '@type': 'SoftwareApplication',
      name,
      softwareVersion: version,
      identifier: formatDigest(digest),
      ...(url === null ? {} : { url }),
    };
  });
}

function libraryEntities({ execution }: ExportedJob): readonly Entity[] {
  return execution.environment.libraries.map(({ path, version, digest }) => ({
    '@id': `#library-${encodePart(path)}-${formatHex(digest).slice(0, 16)}`,
    '@type': 'SoftwareApplication',
    name: path,
    softwareVersion: version ?? formatDigest(digest),
    identifier: formatDigest(digest),
  }));
}

/** The instrument: version of the tool of that name where it is one, else what identifies the program. */
function instrumentEntity({ job, program }: CrateJob, requirements: readonly Entity[]): Entity {
  const { entry } = job.manifest.program;
  const { program_id: id, environment } = job.execution;
  const tool = environment.tools.find(({ name }) => name === entry || name === baseName(entry));
  return {
    '@id': `#program-${id}`,
    '@type': 'SoftwareApplication',
    name: baseName(entry),
    url: homeOf(baseName(entry)) ?? urn('program', id),
    softwareVersion: tool?.version ?? environment.engine ?? String(id),
    identifier: String(id),
    ...(program.length === 0 ? {} : { hasPart: program.map((file) => reference(idOf(file))) }),
    ...(requirements.length === 0 ? {} : { softwareRequirements: requirements.map(({ '@id': of }) => reference(of)) }),
  };
}

/** "Environment variable settings SHOULD be listed"; those whose values are not recorded have none here. */
function variableEntities({ execution: { job, environment } }: ExportedJob): readonly Entity[] {
  return Object.entries(environment.variables).map(([name, value]) => ({
    '@id': `#variable-${job}-${encodePart(name)}`,
    '@type': 'PropertyValue',
    name,
    value,
  }));
}

/** `docker.io` of `docker.io/library/node@sha256:…`; a bare digest names no registry. */
function registryOf(ref: string): string {
  return /^([^/@]*[.:][^/@]*)\//.exec(ref)?.[1] ?? 'unknown';
}

/** A container image by its digest (profile, "Representing container images"). */
function imageEntities({ manifest: { program } }: ExportedJob): readonly Entity[] {
  const digest = program.kind === 'container' ? /sha256:([0-9a-f]{64})$/.exec(program.ref ?? '')?.[1] : undefined;
  if (digest === undefined) return [];
  return [
    {
      '@id': `#image-${digest.slice(0, 16)}`,
      '@type': 'ContainerImage',
      additionalType: reference('https://w3id.org/ro/terms/workflow-run#DockerImage'),
      name: program.ref ?? digest,
      registry: registryOf(program.ref ?? ''),
      sha256: digest,
    },
  ];
}

const refs = (entities: readonly Entity[]) => entities.map(({ '@id': id }) => reference(id));

function outcome({ execution }: ExportedJob) {
  if (execution.status === 'succeeded') return { actionStatus: 'http://schema.org/CompletedActionStatus' };
  return { actionStatus: 'http://schema.org/FailedActionStatus', error: execution.failure ?? execution.status };
}

export function actionEntities(experiment: ExportedExperiment, planned: CrateJob): ActionEntities {
  const { job, inputs, outputs, logs } = planned;
  const { execution, poe } = job;
  const requirements = [...toolEntities(job), ...libraryEntities(job)];
  const instrument = instrumentEntity(planned, requirements);
  const [variables, images] = [variableEntities(job), imageEntities(job)];
  const action: Entity = {
    '@id': `#job-${execution.job}`,
    '@type': 'CreateAction',
    name: `Run of ${baseName(job.manifest.program.entry)}`,
    description: commandOf(job),
    instrument: reference(instrument['@id']),
    agent: reference(agentId(job.actor)),
    object: inputs.map((file) => reference(idOf(file))),
    result: [...outputs, ...logs].map((file) => reference(idOf(file))),
    startTime: formatTime(execution.started),
    endTime: formatTime(execution.finished),
    ...outcome(job),
    identifier: [String(execution.job), urn('proof', experiment.repo, poe)],
    ...(variables.length === 0 ? {} : { environment: refs(variables) }),
    ...(images.length === 0 ? {} : { containerImage: refs(images) }),
  };
  return { action, others: [agentEntity(job.actor, job.key), instrument, ...requirements, ...variables, ...images] };
}
