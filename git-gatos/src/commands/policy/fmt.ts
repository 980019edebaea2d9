import { formatModule, fromUtf8, LIMITS, parseModule, utf8 } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { writeOutputFile } from '../../output/file.js';
import type { Outcome } from '../../output/outcome.js';
import { counted } from '../../view/count.js';
import { policyFilesError } from './errors.js';
import { PATHS, type PolicyFile, readPolicyFiles, shownPath } from './files.js';
import { findingsAnswer } from './findings.js';

export const command = defineCommand({
  name: 'fmt',
  summary: 'bring modules into the one layout',
  description: `
Rewrites \`.rgs\` files in the canonical layout; comments stay where they belong, and the meaning does not change. Decisions in Markdown are left as they are.
A file with an error is left as it is, and its errors are printed. \`-\` formats standard input to standard output.
`,
  positionals: [PATHS],
  options: { check: { kind: 'flag', summary: 'write nothing; exit 1 when something is not in that layout' } },
  examples: [
    { command: 'git gatos policy fmt', note: 'everything below gatos/policies' },
    { command: 'git gatos policy fmt - < house.rgs', note: 'for an editor' },
  ],
  exits: ['no', 'missing', 'temporary'],
  seeAlso: ['policy check'],
  run: async (context, { paths, check }) => {
    if (paths.includes('-')) return formatInput(context, paths);
    const files = (await readPolicyFiles(context.cwd, paths)).filter(({ path }) => path.endsWith('.rgs'));
    const laidOut = files.map((file) => ({ file, ...layOut(file) }));
    const wrong = laidOut.flatMap(({ diagnostics }) => diagnostics);
    const changed = laidOut.filter(({ text, laid }) => laid !== null && laid !== text);
    if (!check) for (const { file, laid } of changed) writeOutputFile(file.location, utf8(laid ?? ''));
    const names = changed.map(({ file }) => shownPath(context.cwd, file.location));
    const sources = new Map(laidOut.map(({ file, text }) => [file.path, text]));
    const findings = findingsAnswer(context, { bundle: null, diagnostics: wrong, sources, files });
    const same = files.length - changed.length - laidOut.filter(({ laid }) => laid === null).length;
    return {
      value: { ...(findings.value as object), ok: wrong.length === 0, changed: names, written: !check },
      text: [
        ...(wrong.length === 0 ? [] : findings.text),
        ...names.map((name) => `${check ? 'would format' : 'formatted'} ${name}`),
        ...(same > 0 ? [`${counted(same, 'file')} ${same === 1 ? 'is' : 'are'} in order already`] : []),
      ],
      exit: wrong.length > 0 || (check && names.length > 0) ? 'no' : 'ok',
    };
  },
});

/** `laid` is null where the text has errors. */
function layOut(file: PolicyFile) {
  const text = textOf(file);
  const { module, diagnostics } = parseModule({ file: file.path, text });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return { text, diagnostics: errors, laid: errors.length > 0 ? null : formatModule(module, text) };
}

function textOf({ path, bytes }: Pick<PolicyFile, 'path' | 'bytes'>): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw policyFilesError('not-text', { path }, { cause });
  }
}

async function formatInput(context: Context, paths: readonly string[]): Promise<Outcome> {
  if (paths.length > 1) throw policyFilesError('one-input', {});
  const bytes = await context.readSource({ from: 'stdin' }, { maxBytes: LIMITS.policySourceBytes });
  const file = { path: 'stdin.rgs', location: 'stdin.rgs', bytes };
  const { text, diagnostics, laid } = layOut(file);
  // Exact bytes: what stands in a comment is not for us to escape.
  if (laid !== null) return { bytes: [utf8(laid)] };
  return findingsAnswer(context, { bundle: null, diagnostics, sources: new Map([[file.path, text]]), files: [] });
}
