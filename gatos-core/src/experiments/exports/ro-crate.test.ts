/** The crate: the checker of the `ro-crate` package, and every MUST of RO-Crate 1.1 and of the Process Run Crate 0.5 by name. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  evaluateRun,
  executionOf,
  exportedOf,
  HOSTILE,
  jobFile,
  jobInput,
  manifestOf,
  trainRun,
} from '../../../testing/experiment-world.js';
import { formatHex } from '../../codec/index.js';
import { type ExportedExperiment, PROCESS_PROFILE, roCrate } from './index.js';

type Entity = Record<string, unknown> & { readonly '@id': string; readonly '@type': string | readonly string[] };
const graphOf = (experiment: ExportedExperiment): readonly Entity[] =>
  (JSON.parse(roCrate(experiment).metadata) as { '@graph': Entity[] })['@graph'];
const asList = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const typesOf = (entity: Entity): readonly unknown[] => asList(entity['@type']);
const isReference = (value: unknown): value is { '@id': string } =>
  typeof value === 'object' && value !== null && '@id' in value;

const failed = (() => {
  const manifest = manifestOf();
  const change = { status: 'failed', exit: 1, failure: 'it threw' } as const;
  return { manifest, execution: executionOf(manifest, [], change) };
})();
const container = (() => {
  const program = {
    ...manifestOf().program,
    kind: 'container' as const,
    ref: `docker.io/library/node@sha256:${'a'.repeat(64)}`,
  };
  const manifest = manifestOf({ program });
  return { manifest, execution: executionOf(manifest, [jobFile('model.json', '{}')]) };
})();
const odd = (() => {
  const name = 'naïve file (1)%20#?é.csv';
  const program = { ...manifestOf().program, args: [HOSTILE], env: { A: HOSTILE } };
  const manifest = manifestOf({ inputs: [jobInput(name, '1')], program });
  return { manifest, execution: executionOf(manifest, [jobFile(name, '2')]) };
})();

const CRATES: readonly (readonly [string, ExportedExperiment])[] = [
  ['two jobs', exportedOf()],
  ['one job', exportedOf([trainRun()])],
  ['no licence', exportedOf(undefined, { license: null })],
  ['a failed job', exportedOf([failed])],
  ['a container', exportedOf([container])],
  ['odd names', exportedOf([odd], {}, { title: HOSTILE.replace(/\p{Cc}/gu, '') })],
];

describe.each(CRATES)('the checker of the ro-crate package takes a crate with %s', (_, experiment) => {
  beforeAll(() => {
    // The checker asks the web for the contexts: it gets the one that its package carries, whatever the version.
    const context = createRequire(import.meta.url)('ro-crate/lib/context.json') as object;
    const answer = { ok: true, json: async () => context };
    vi.stubGlobal('fetch', async () => answer);
  });
  afterAll(() => {
    vi.unstubAllGlobals();
  });

  it('as an RO-Crate', async () => {
    vi.resetModules();
    const { Checker, ROCrate, Validator } = (await import('ro-crate')) as unknown as RoCratePackage;
    const crate = new ROCrate(JSON.parse(roCrate(experiment).metadata), { array: true, link: true });
    const checker = new Checker(crate);
    await checker.check();
    expect(checker.checklist.filter(({ status }) => !status)).toEqual([]);
    expect(checker.isROCrate).toBe(true);
    expect(checker.checklist.length).toBeGreaterThan(5);
    const validator = new Validator();
    validator.parseJSON(roCrate(experiment).metadata);
    await validator.crate.resolveContext();
    await validator.validate();
    expect(validator.results.filter(({ status }) => status === 'error')).toEqual([]);
    // Every file of the crate is described, and every described file is in it.
    const files = Object.fromEntries(roCrate(experiment).files.map(({ path }) => [encodeURI(path), { exists: true }]));
    if (!/[#?()%]/.test(Object.keys(files).join(''))) {
      validator.checkFiles(files);
      expect(validator.results.filter(({ id }) => id.startsWith('validCrateDataEntity'))).toEqual([]);
    }
  });
});

interface RoCratePackage {
  readonly ROCrate: new (json: unknown, options: object) => object;
  readonly Checker: new (
    crate: object,
  ) => { check(): Promise<void>; readonly checklist: { status: boolean; name: string }[]; readonly isROCrate: boolean };
  readonly Validator: new () => {
    parseJSON(text: string): void;
    readonly crate: { resolveContext(): Promise<void> };
    validate(): Promise<unknown>;
    checkFiles(files: object): void;
    readonly results: { id: string; status: string }[];
  };
}

interface Named {
  /** Where it is asked. */
  readonly source: string;
  holds(graph: readonly Entity[], experiment: ExportedExperiment): boolean;
}

const root = (graph: readonly Entity[]): Entity | undefined => graph.find((entity) => entity['@id'] === './');
const byType = (graph: readonly Entity[], type: string): readonly Entity[] =>
  graph.filter((entity) => typesOf(entity).includes(type));
const target = (graph: readonly Entity[], value: unknown): Entity | undefined =>
  isReference(value) ? graph.find((entity) => entity['@id'] === value['@id']) : undefined;
const isIsoTime = (value: unknown): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(value));
const each = (items: readonly Entity[], holds: (entity: Entity) => boolean): boolean =>
  items.length > 0 && items.every(holds);

const MUSTS: Readonly<Record<string, Named>> = {
  'has a metadata descriptor about the root, which conforms to RO-Crate 1.1': {
    source: 'RO-Crate 1.1, Root Data Entity, "RO-Crate Metadata File Descriptor"',
    holds: (graph) => {
      const descriptor = graph.find((entity) => entity['@id'] === 'ro-crate-metadata.json');
      const to = descriptor?.conformsTo;
      return (
        descriptor?.['@type'] === 'CreativeWork' &&
        isReference(to) &&
        to['@id'] === 'https://w3id.org/ro/crate/1.1' &&
        target(graph, descriptor.about) === root(graph)
      );
    },
  },
  'is flat: each entity once, nothing nested': {
    source: 'RO-Crate 1.1, appendix "RO-Crate JSON-LD": flattened and compacted',
    holds: (graph) =>
      new Set(graph.map((entity) => entity['@id'])).size === graph.length &&
      graph.every((entity) =>
        Object.values(entity)
          .flatMap(asList)
          .every((value) => typeof value !== 'object' || (isReference(value) && Object.keys(value).length === 1)),
      ),
  },
  'has a root of type Dataset whose @id ends in a slash': {
    source: 'RO-Crate 1.1, Root Data Entity, "Direct properties of the Root Data Entity"',
    holds: (graph) => root(graph)?.['@type'] === 'Dataset',
  },
  'has a root with name, description, datePublished (ISO 8601) and license': {
    source: 'RO-Crate 1.1, Root Data Entity, "Direct properties of the Root Data Entity"',
    holds: (graph) => {
      const { name, description, datePublished, license }: Partial<Entity> = root(graph) ?? {};
      const entity = target(graph, license);
      return Boolean(name && description && isIsoTime(datePublished) && entity?.name && entity.description);
    },
  },
  'links every file from the root, each with a path that is a URI': {
    source:
      'RO-Crate 1.1, Data Entities, "Referencing files and folders from the Root Data Entity", "Encoding file paths"',
    holds: (graph) => {
      const parts = asList(root(graph)?.hasPart).map((part) => (isReference(part) ? part['@id'] : ''));
      const files = byType(graph, 'File').map((file) => file['@id']);
      return (
        files.length > 0 &&
        [...parts].sort().join() === [...files].sort().join() &&
        files.every((id) => /^(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+$/.test(id))
      );
    },
  },
  'refers to nothing that it does not describe': {
    source: 'RO-Crate 1.1, Contextual Entities: "any contextual entity … referred to SHOULD be described"',
    holds: (graph) =>
      graph.every((entity) =>
        Object.values(entity)
          .flatMap(asList)
          .filter(isReference)
          .filter((reference) => !/^https:\/\/w3id\.org\/ro\/(crate|terms)/.test(reference['@id']))
          .every((reference) => target(graph, reference) !== undefined),
      ),
  },
  'has a root that conforms to the profile, which is a CreativeWork': {
    source: 'Process Run Crate 0.5, Requirements, Dataset: conformsTo MUST',
    holds: (graph) => {
      const profile = target(graph, root(graph)?.conformsTo);
      return profile?.['@id'] === PROCESS_PROFILE && typesOf(profile).includes('CreativeWork');
    },
  },
  'has an action for each job, of type CreateAction, with an @id that the root mentions': {
    source: 'Process Run Crate 0.5, Requirements, CreateAction: @type MUST, @id MUST (SHOULD be listed under mentions)',
    holds: (graph, { jobs }) => {
      const mentions = asList(root(graph)?.mentions).map((value) => (isReference(value) ? value['@id'] : ''));
      const actions = byType(graph, 'CreateAction').map((action) => action['@id']);
      return actions.length === jobs.length && actions.join() === mentions.join();
    },
  },
  'has actions each with an instrument that is a SoftwareApplication': {
    source:
      'Process Run Crate 0.5, Requirements, CreateAction: instrument MUST; SoftwareApplication: @type MUST, @id MUST',
    holds: (graph) =>
      each(byType(graph, 'CreateAction'), ({ instrument }) => {
        const tool = target(graph, instrument);
        return tool !== undefined && typesOf(tool).includes('SoftwareApplication');
      }),
  },
  'has applications with a name and one version': {
    source: 'Process Run Crate 0.5, Requirements, SoftwareApplication: name SHOULD, version SHOULD, not both versions',
    holds: (graph) =>
      each(byType(graph, 'SoftwareApplication'), (tool) =>
        Boolean(tool.name && tool.softwareVersion && tool.version === undefined),
      ),
  },
  'has instruments with a url': {
    source: 'Process Run Crate 0.5, Requirements, SoftwareApplication: url SHOULD',
    holds: (graph) => each(byType(graph, 'CreateAction'), ({ instrument }) => Boolean(target(graph, instrument)?.url)),
  },
  'has actions with name, description, startTime, endTime': {
    source: 'Process Run Crate 0.5, Requirements, CreateAction: name, description, endTime SHOULD, startTime MAY',
    holds: (graph) =>
      each(byType(graph, 'CreateAction'), ({ name, description, startTime, endTime }) =>
        Boolean(name && description && isIsoTime(startTime) && isIsoTime(endTime)),
      ),
  },
  'has actions by a Person or an Organization': {
    source: 'Process Run Crate 0.5, Requirements, CreateAction: agent SHOULD',
    holds: (graph) =>
      each(byType(graph, 'CreateAction'), ({ agent }) => {
        const types = typesOf(target(graph, agent) ?? { '@id': '', '@type': '' });
        return types.includes('Person') || types.includes('Organization');
      }),
  },
  'has objects and results that are files': {
    source: 'Process Run Crate 0.5, Requirements: "Entities referenced by … object or result SHOULD be of type File"',
    holds: (graph) =>
      each(byType(graph, 'CreateAction'), ({ object, result }) =>
        [...asList(object), ...asList(result)].every((value) => {
          const file = target(graph, value);
          return file !== undefined && typesOf(file).includes('File');
        }),
      ),
  },
  'says how each action ended, and an error only where it failed': {
    source: 'Process Run Crate 0.5, Requirements, CreateAction: actionStatus, error',
    holds: (graph) =>
      each(byType(graph, 'CreateAction'), ({ actionStatus, error }) =>
        error === undefined
          ? actionStatus === 'http://schema.org/CompletedActionStatus'
          : actionStatus === 'http://schema.org/FailedActionStatus',
      ),
  },
  'has the original name of every renamed file': {
    source: 'Process Run Crate 0.5, Requirements: "they SHOULD refer to the original name via alternateName"',
    holds: (graph) => each(byType(graph, 'File'), (file) => file['@id'] === file.name || Boolean(file.alternateName)),
  },
  'describes environment variables as property values': {
    source: 'Process Run Crate 0.5, "Representing environment variable settings"',
    holds: (graph) =>
      each(byType(graph, 'CreateAction'), ({ environment }) =>
        asList(environment).every((value) => {
          const variable = target(graph, value);
          return variable?.['@type'] === 'PropertyValue' && variable.value !== undefined && Boolean(variable.name);
        }),
      ),
  },
  'describes a container image by type, registry and name': {
    source: 'Process Run Crate 0.5, "Representing container images": "SHOULD list at least …"',
    holds: (graph) =>
      byType(graph, 'ContainerImage').every(({ additionalType, registry, name }) =>
        Boolean(isReference(additionalType) && registry && name),
      ),
  },
};

describe.each(CRATES)('a crate with %s', (_, experiment) => {
  it.each(Object.entries(MUSTS))('%s', (_name, { holds }) => {
    expect(holds(graphOf(experiment), experiment)).toBe(true);
  });
});

describe('the checks of this file', () => {
  it('each object to a crate that lacks what they ask for', () => {
    const experiment = exportedOf([container, trainRun()]);
    const gone = (type: string, field: string): readonly Entity[] =>
      graphOf(experiment).map((entity) =>
        typesOf(entity).includes(type) ? { ...entity, [field]: undefined } : entity,
      );
    const broken = (graph: readonly Entity[]): readonly string[] =>
      Object.entries(MUSTS)
        .filter(([, { holds }]) => !holds(graph, experiment))
        .map(([name]) => name);
    expect(broken(graphOf(experiment))).toEqual([]);
    const graphs = [
      graphOf(experiment).slice(1),
      [...graphOf(experiment), ...graphOf(experiment).slice(0, 1)],
      ...['@type', 'name', 'hasPart', 'conformsTo', 'license', 'mentions'].map((field) => gone('Dataset', field)),
      ...['instrument', 'agent', 'endTime', 'actionStatus'].map((field) => gone('CreateAction', field)),
      ...['softwareVersion', 'url'].map((field) => gone('SoftwareApplication', field)),
      gone('File', 'alternateName'),
      gone('PropertyValue', 'value'),
      gone('ContainerImage', 'registry'),
      graphOf(experiment).filter((entity) => !typesOf(entity).includes('File')),
    ];
    const objections = new Set(graphs.flatMap(broken));
    expect(Object.keys(MUSTS).filter((name) => !objections.has(name))).toEqual([]);
  });
});

describe('the files of a crate', () => {
  it('stand at the top for one job, in folders for several; a given input is the output of its job', () => {
    expect(roCrate(exportedOf([trainRun()])).files.map(({ path }) => path)).toEqual([
      'inputs/data.csv',
      'logs/stderr.txt',
      'logs/stdout.txt',
      'outputs/model.json',
      'program/train.mjs',
    ]);
    const paths = roCrate(exportedOf()).files.map(({ path }) => path);
    expect(paths).toContain('job-1/outputs/model.json');
    expect(paths).not.toContain('job-2/inputs/model.json');
    const [, evaluate] = byType(graphOf(exportedOf()), 'CreateAction');
    expect(evaluate?.object).toContainEqual({ '@id': 'job-1/outputs/model.json' });
  });

  it('carry their digest and their id', () => {
    const [file] = roCrate(exportedOf([trainRun()])).files;
    const entity = graphOf(exportedOf([trainRun()])).find((known) => known['@id'] === file?.path);
    expect(entity).toMatchObject({
      sha256: formatHex(file?.cid.digest ?? new Uint8Array()),
      identifier: String(file?.cid),
    });
  });

  it('of a container name its image', () => {
    expect(byType(graphOf(exportedOf([container])), 'ContainerImage')).toMatchObject([
      { registry: 'docker.io', sha256: 'a'.repeat(64) },
    ]);
  });

  it('and the text are the same each time', () => {
    expect(roCrate(exportedOf())).toEqual(roCrate(exportedOf([trainRun(), evaluateRun()])));
  });
});
