/** How to cite an experiment: BibTeX, Citation File Format 1.2.0, one line of text. Ids are in each, so that it can be checked. */
import { formatJson, formatTime } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';
import { shown } from '../drift/index.js';
import type { ExportedExperiment } from './model.js';

export type CitationForm = 'bibtex' | 'cff' | 'text';
export const CITATION_FORMS: readonly CitationForm[] = ['bibtex', 'cff', 'text'];

interface Facts {
  readonly title: string;
  readonly author: string;
  /** RFC 3339, the day. */
  readonly date: string;
  readonly ulid: string;
  readonly pox: string;
  readonly repo: string;
}

/** Text is shown with its invisible characters visible: a citation is pasted anywhere. */
function factsOf({ proof, pox, actor, time, repo }: ExportedExperiment): Facts {
  return {
    title: shown(proof.title, LIMITS.experimentTitleBytes),
    author: shown(actor.slice(actor.indexOf(':') + 1), LIMITS.actorBytes),
    date: formatTime(time).slice(0, 10),
    ulid: proof.ulid,
    pox: String(pox),
    repo: String(repo),
  };
}

const TEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  // BibTeX counts braces even behind a backslash.
  '{': '\\textbraceleft{}',
  '}': '\\textbraceright{}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  // Inside of BibTeX braces it is no delimiter, but readers of files differ.
  '"': "''",
  '@': '{@}',
};

const tex = (text: string): string => text.replace(/[\\{}$&#_%~^"@]/g, (character) => TEX[character] ?? '');

function bibtex({ title, author, date, ulid, pox, repo }: Facts): string {
  const fields: readonly (readonly [string, string])[] = [
    ['author', `{${tex(author)}}`],
    ['title', `{${tex(title)}}`],
    ['year', date.slice(0, 4)],
    ['month', String(Number(date.slice(5, 7)))],
    ['howpublished', 'Proof-of-Experiment'],
    ['note', `Experiment ${ulid}, proof ${pox}, repository ${repo}`],
  ];
  return `@misc{gatos-${ulid},\n${fields.map(([name, value]) => `  ${name} = {${value}},`).join('\n')}\n}\n`;
}

/** YAML in double quotes: a JSON text is one, once what YAML takes for a line end or cannot hold is escaped (YAML 1.2, section 5.7). */
function quoted(text: string): string {
  return formatJson(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function cff({ title, author, date, ulid, pox, repo }: Facts, spdx: string | undefined): string {
  const id = (value: string, description: string): readonly string[] => [
    '  - type: other',
    `    value: ${quoted(value)}`,
    `    description: ${quoted(description)}`,
  ];
  return `${[
    'cff-version: 1.2.0',
    `message: ${quoted('If you use this experiment, please cite it with its ids.')}`,
    'type: dataset',
    `title: ${quoted(title)}`,
    'authors:',
    `  - name: ${quoted(author)}`,
    `date-released: ${date}`,
    ...(spdx === undefined ? [] : [`license: ${quoted(spdx)}`]),
    'identifiers:',
    ...id(ulid, 'Experiment'),
    ...id(pox, 'Envelope of the Proof-of-Experiment (CID)'),
    ...id(repo, 'Genesis of the repository (CID)'),
  ].join('\n')}\n`;
}

/** The citation, ending in a line feed. */
export function formatCitation(experiment: ExportedExperiment, form: CitationForm): string {
  const facts = factsOf(experiment);
  if (form === 'bibtex') return bibtex(facts);
  if (form === 'cff') return cff(facts, experiment.license?.spdx);
  const { author, date, title, ulid, pox, repo } = facts;
  return `${author} (${date}). ${title}. Proof-of-Experiment ${ulid}, ${pox}, in the repository ${repo}.\n`;
}
