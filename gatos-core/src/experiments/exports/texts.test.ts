/** PROV-JSON and citations, and what hostile texts do in any export: nothing. */
import { describe, expect, it } from 'vitest';
import {
  EXPERIMENT_ULID,
  executionOf,
  exportedOf,
  HOSTILE,
  jobFile,
  jobInput,
  manifestOf,
} from '../../../testing/experiment-world.js';
import { parseJson } from '../../codec/index.js';
import { CITATION_FORMS, type ExportedExperiment, formatCitation, provJson, roCrate, statementBytes } from './index.js';

type Prov = Record<string, Record<string, Record<string, unknown>>>;
const prov = (experiment = exportedOf()): Prov => JSON.parse(provJson(experiment)) as Prov;

describe('PROV-JSON', () => {
  const document = prov();

  it('has an activity for each job, with times, and an agent for each actor', () => {
    const [first] = Object.values(document.activity ?? {});
    expect(Object.keys(document.activity ?? {})).toHaveLength(2);
    expect(first).toMatchObject({
      'prov:startTime': '2023-11-14T22:13:20Z',
      'prov:endTime': expect.stringMatching(/^2023-11-14T22:13:21\.5/),
    });
    expect(Object.keys(document.agent ?? {})).toEqual(['gatos:actor/user%3Aalice', 'gatos:actor/service%3Aworker']);
  });

  it('relates only what it describes, by names of a declared prefix', () => {
    const known = new Set(['entity', 'activity', 'agent'].flatMap((sort) => Object.keys(document[sort] ?? {})));
    for (const name of known) expect(name).toMatch(/^gatos:[A-Za-z0-9._~/%-]+$/);
    expect(document.prefix).toEqual({ gatos: 'urn:gatos:' });
    const relations = ['used', 'wasGeneratedBy', 'wasAssociatedWith', 'wasAttributedTo', 'hadMember'];
    for (const relation of relations) {
      const all = Object.values(document[relation] ?? {});
      expect(all.length, relation).toBeGreaterThan(0);
      for (const ends of all) for (const end of Object.values(ends)) expect(known).toContain(end);
    }
  });

  it('has each entity generated once (PROV-CONSTRAINTS, constraint 24), and lets one job use what another gave', () => {
    const generated = Object.values(document.wasGeneratedBy ?? {}).map((ends) => ends['prov:entity']);
    expect(new Set(generated).size).toBe(generated.length);
    const used = Object.values(document.used ?? {}).map((ends) => ends['prov:entity']);
    expect(used.filter((entity) => generated.includes(entity))).toHaveLength(1);
  });
});

describe('a citation', () => {
  it('as text', () => {
    const { pox, repo } = exportedOf();
    expect(formatCitation(exportedOf(), 'text')).toBe(
      `alice (2023-11-14). A small experiment. Proof-of-Experiment ${EXPERIMENT_ULID}, ${pox}, in the repository ${repo}.\n`,
    );
  });

  it('as BibTeX: one entry, balanced braces, TeX escaped', () => {
    const text = formatCitation(exportedOf(undefined, {}, { title: '100 % of $x_1$ & {y} \\ #"@' }), 'bibtex');
    expect(text).toMatch(/^@misc\{gatos-01HF7YAT00000000000000000A,\n {2}author = \{\{alice\}\},\n/);
    expect(text).toContain(
      "title = {{100 \\% of \\$x\\_1\\$ \\& \\textbraceleft{}y\\textbraceright{} \\textbackslash{} \\#''{@}}},",
    );
    expect(text).toContain('year = {2023},');
    const odd = formatCitation(exportedOf(undefined, {}, { title: '{{{ } \\' }), 'bibtex');
    for (const entry of [text, odd]) expect(entry.split('{').length).toBe(entry.split('}').length);
  });

  it('as CFF: the keys that its schema requires, values in quotes', () => {
    const text = formatCitation(exportedOf(undefined, {}, { title: 'a: "b" # c\u0085' }), 'cff');
    for (const key of ['cff-version: 1.2.0', 'message: "', 'authors:', 'title: "a: \\"b\\" # c\\\\u{85}"'])
      expect(text).toContain(key);
    expect(text).toContain('license: "CC-BY-4.0"');
    expect(formatCitation(exportedOf(undefined, { license: null }), 'cff')).not.toContain('license');
  });
});

describe('hostile texts', () => {
  const LONG = 'x'.repeat(10_000_000);
  function hostile(text: string): ExportedExperiment {
    const program = { ...manifestOf().program, entry: text, args: [text, LONG], env: { A: text } };
    const manifest = manifestOf({ program, inputs: [jobInput(text, '1')], outputs: [text] });
    const change = { status: 'failed', failure: text, signal: text } as const;
    const execution = executionOf(manifest, [jobFile(text, '2')], change);
    return exportedOf(
      [{ manifest, execution }],
      { actor: `user:${text}`, license: null },
      { title: text, notes: text },
    );
  }
  const LINE_BREAKERS = `${HOSTILE}\u2028\u2029\u0085\r\n\t'"\`-->\u0000`;

  it.each([HOSTILE, LINE_BREAKERS, '../../etc/passwd', '__proto__', '@id', '"}],"x":[{"'])('stay data: %j', (text) => {
    const experiment = hostile(text);
    for (const json of [roCrate(experiment).metadata, provJson(experiment)])
      expect(() => parseJson(json, { maxBytes: 1e9 })).not.toThrow();
    expect(() => parseJson(statementBytes(experiment), { maxBytes: 1e9 })).not.toThrow();
    for (const form of CITATION_FORMS) {
      const cited = formatCitation(experiment, form);
      expect(cited).not.toMatch(/[^\P{C}\n]/u);
      expect(cited.length).toBeLessThan(5000);
    }
    expect(formatCitation(experiment, 'text').split('\n')).toHaveLength(2);
    expect(formatCitation(experiment, 'bibtex').split('\n')).toHaveLength(9);
    expect(formatCitation(experiment, 'cff').split('\n')).toHaveLength(18);
  });

  it('in a title of 10 MB are cut in a citation', () => {
    for (const form of CITATION_FORMS) expect(formatCitation(hostile(LONG), form).length).toBeLessThan(5000);
  });
});
