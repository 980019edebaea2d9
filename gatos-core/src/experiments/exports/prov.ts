/** The experiment as PROV-JSON (W3C Member Submission, 2013): files are entities, jobs are activities, actors are agents. */
import { formatHex, formatJson, formatKey, formatTime, type JsonValue } from '../../codec/index.js';
import { type CrateFile, planCrate } from './crate-files.js';
import { type ExportedExperiment, encodePart, encodePath } from './model.js';

type Records = Record<string, JsonValue>;

const actorId = (actor: string): string => `gatos:actor/${encodePart(actor)}`;
const fileId = ({ job, path }: CrateFile): string => `gatos:file/${job}/${encodePath(path)}`;

class ProvDocument {
  readonly entity: Records = {};
  readonly activity: Records = {};
  readonly agent: Records = {};
  readonly relations = new Map<string, Records>();

  /** Relations have no name of their own: blank ones, in order (PROV-JSON, section 2.4). */
  relate(relation: string, attributes: Records): void {
    const known = this.relations.get(relation) ?? {};
    known[`_:${relation}${Object.keys(known).length + 1}`] = attributes;
    this.relations.set(relation, known);
  }
}

function addFile(document: ProvDocument, file: CrateFile): string {
  const id = fileId(file);
  document.entity[id] ??= {
    'prov:label': file.name,
    'prov:type': { $: `gatos:${file.role}`, type: 'prov:QUALIFIED_NAME' },
    'gatos:cid': String(file.cid),
    'gatos:sha256': formatHex(file.cid.digest),
    'gatos:size': file.size,
  };
  return id;
}

function addActor(document: ProvDocument, actor: string, key: Uint8Array): string {
  const id = actorId(actor);
  const type = actor.startsWith('user:') ? 'prov:Person' : 'prov:SoftwareAgent';
  document.agent[id] ??= {
    'prov:label': actor,
    'prov:type': { $: type, type: 'prov:QUALIFIED_NAME' },
    'gatos:key': formatKey(key),
  };
  return id;
}

/** The document as text, with a line feed. */
export function provJson(experiment: ExportedExperiment): string {
  const { proof, pox, actor, key, repo } = experiment;
  const document = new ProvDocument();
  const root = `gatos:experiment/${proof.ulid}`;
  document.entity[root] = {
    'prov:label': proof.title,
    'prov:type': { $: 'prov:Collection', type: 'prov:QUALIFIED_NAME' },
    'gatos:pox': String(pox),
    'gatos:repository': String(repo),
  };
  document.relate('wasAttributedTo', { 'prov:entity': root, 'prov:agent': addActor(document, actor, key) });
  for (const { job, inputs, program, outputs, logs } of planCrate(experiment).jobs) {
    const { execution, poe } = job;
    const id = `gatos:job/${execution.job}`;
    document.activity[id] = {
      'prov:startTime': formatTime(execution.started),
      'prov:endTime': formatTime(execution.finished),
      'prov:label': job.manifest.program.entry,
      'gatos:status': execution.status,
      'gatos:proof': String(poe),
    };
    document.relate('wasAssociatedWith', {
      'prov:activity': id,
      'prov:agent': addActor(document, job.actor, job.key),
    });
    for (const file of [...inputs, ...program])
      document.relate('used', { 'prov:activity': id, 'prov:entity': addFile(document, file) });
    for (const file of [...outputs, ...logs]) {
      const entity = addFile(document, file);
      document.relate('wasGeneratedBy', { 'prov:entity': entity, 'prov:activity': id });
      document.relate('hadMember', { 'prov:collection': root, 'prov:entity': entity });
    }
  }
  const { entity, activity, agent, relations } = document;
  const value = { prefix: { gatos: 'urn:gatos:' }, entity, activity, agent, ...Object.fromEntries(relations) };
  return `${formatJson(value, { indent: 2 })}\n`;
}
