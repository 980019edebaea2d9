import { CITATION_FORMS, type CitationForm, formatCitation } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { parseLicense, readExported } from './verified.js';

export const command = defineCommand({
  name: 'cite',
  summary: 'print how to cite an experiment',
  description:
    'Prints a citation that carries the ids by which whoever reads it can check the experiment. Nothing is verified: `verify` is.',
  positionals: [{ name: 'id', kind: 'text', summary: 'id of the experiment', complete: 'experiments' }],
  options: {
    format: { kind: 'choice', choices: CITATION_FORMS, default: 'text', summary: 'a line, BibTeX, or a CITATION.cff' },
    license: {
      kind: 'parsed',
      parse: parseLicense,
      placeholder: 'SPDX',
      summary: 'the licence, by SPDX identifier; for `cff`',
    },
  },
  examples: [
    { command: 'git gatos pox cite 01J…', note: 'one line, for a list of references' },
    { command: 'git gatos pox cite 01J… --format cff > CITATION.cff', note: 'for a repository' },
  ],
  exits: ['no', 'missing', 'absent', 'unchecked'],
  seeAlso: ['pox show', 'pox export'],
  run: async (context, { id, format, license }) => {
    const { experiment } = await readExported(await context.openRepository(), { id, license: license ?? null });
    const citation = formatCitation(experiment, format as CitationForm);
    return { value: { id, format, citation }, text: citation.replace(/\n$/, '') };
  },
});
