import {
  type ActivePolicy,
  adoptions,
  type DecompiledModule,
  decodeProgram,
  decompile,
  formatDigest,
  formatTime,
  isGatosError,
  LIMITS,
  type Program,
  pendingAdoption,
  policyCodeRoot,
} from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import type { Answer } from '../../output/outcome.js';
import { adoptionLine, adoptionRow, describeHeads, describeTexts, headsOf } from '../../view/policy.js';
import { shellWord } from '../../view/shell.js';
import { trustPorts } from '../trust/change.js';
import { openActivePolicy } from './active.js';
import { adoptionValue, describeAdoption } from './adoption.js';
import { policyFilesError } from './errors.js';
import { shownPath } from './files.js';

export const command = defineCommand({
  name: 'show',
  summary: 'read the law: what is in force, or what a file holds',
  description: `
Without a file, the policy in force here: its roots, who adopted it, and what it denies and warns of. With a file, the same of a compiled policy (\`.rgc\`) or of a saved
adoption. \`--source\` prints the sources as they were given, \`--code\` prints what the compiled form says, for who does not trust the sources.
`,
  positionals: [
    { name: 'file', kind: 'path', optional: true, summary: 'compiled policy or saved adoption', complete: 'files' },
  ],
  options: {
    source: { kind: 'flag', summary: 'the sources as given' },
    code: { kind: 'flag', summary: 'the compiled form, as text again' },
    log: { kind: 'flag', summary: 'what was in force when, newest first' },
  },
  examples: [
    { command: 'git gatos policy show', note: 'what is in force' },
    { command: 'git gatos policy show bundle.rgc --code', note: 'what a compiled policy says' },
  ],
  exits: ['no', 'missing', 'mismatch', 'unchecked'],
  seeAlso: ['policy adopt', 'policy compile', 'verify'],
  run: async (context, { file, source, code, log }) => {
    if (log) return history(context);
    const shown = file === undefined ? await inForce(context) : await inFile(context, file);
    if (code) return textsAnswer(context, decompile(shown.program));
    if (source) {
      if (shown.sources === null) throw policyFilesError('no-source', { path: file ?? '' });
      return textsAnswer(
        context,
        [...shown.sources].map(([name, text]) => ({ file: name, text })),
      );
    }
    const heads = headsOf(shown.program, shown.sources);
    const rest = file === undefined ? '' : ` ${shellWord(shownPath(context.cwd, file))}`;
    return {
      value: { ...shown.value, rules: heads },
      text: [...shown.text, ...describeHeads(heads, context.colour)],
      next: [`read it whole: git gatos policy show${rest} --${shown.sources === null ? 'code' : 'source'}`],
    };
  },
});

interface Shown {
  readonly program: Program;
  /** Null for a compiled policy alone. */
  readonly sources: ReadonlyMap<string, string> | null;
  readonly value: object;
  readonly text: readonly string[];
}

async function inForce(context: Context): Promise<Shown> {
  const { repository } = await context.openRepository();
  const policy = await openActivePolicy(context);
  const { program, sources } = policy;
  for await (const adoption of adoptions(repository.backend)) {
    const { actor, keys, time } = adoption;
    const text = [...headLines(policy), `adopted          ${formatTime(time)} by ${actor}`];
    return {
      program,
      sources,
      value: adoptionRow(adoption),
      text: [...text, ...keys.map((key) => `signed           ${key}`)],
    };
  }
  return { program, sources, value: {}, text: headLines(policy) };
}

function headLines({ root, codeRoot, body }: ActivePolicy): readonly string[] {
  return [
    `policy_root      ${root}`,
    `policy_code_root ${formatDigest(codeRoot)}`,
    ...(body.note === '' ? [] : [`note             ${body.note}`]),
  ];
}

async function inFile(context: Context, path: string): Promise<Shown> {
  const bytes = await context.readSource({ from: 'file', path }, { maxBytes: LIMITS.blockBytes });
  const program = programIn(bytes);
  if (program !== null) {
    const root = formatDigest(policyCodeRoot(bytes));
    return { program, sources: null, value: { policy_code_root: root }, text: [`policy_code_root ${root}`] };
  }
  // A saved adoption is binary too.
  if ((bytes[0] ?? 0) >= 0x80) {
    const pending = await pendingAdoption(trustPorts(await context.openRepository()), bytes);
    const { program: compiled, sources } = pending.bundle;
    return { program: compiled, sources, value: adoptionValue(pending), text: describeAdoption(pending) };
  }
  throw policyFilesError('no-code', { path });
}

function programIn(bytes: Uint8Array): Program | null {
  try {
    return decodeProgram(bytes);
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

function textsAnswer({ colour }: Context, texts: readonly DecompiledModule[]): Answer {
  return { value: Object.fromEntries(texts.map(({ file, text }) => [file, text])), text: describeTexts(texts, colour) };
}

async function history(context: Context): Promise<Answer> {
  const { repository } = await context.openRepository();
  const rows = [];
  for await (const adoption of adoptions(repository.backend)) rows.push(adoption);
  return {
    value: rows.map(adoptionRow),
    text: rows.length === 0 ? 'no policy was adopted here' : rows.map(adoptionLine),
  };
}
