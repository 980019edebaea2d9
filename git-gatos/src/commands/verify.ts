import {
  type Repository as Core,
  isGatosError,
  LIMITS,
  REF_PREFIX,
  RULES,
  type Rule,
  verifyProofFile,
} from 'gatos-core';
import { nativeEngine } from 'gatos-core/node';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import type { Answer } from '../output/outcome.js';
import { reportOutcome } from '../output/report.js';
import { counted } from '../view/count.js';
import { viewError } from '../view/errors.js';

export const command = defineCommand({
  name: 'verify',
  summary: 'check every byte: chains, signatures, trust, proofs',
  description: `
Verifies the trust chain, then every chain below \`refs/gatos/\` by its rule (order, links, signatures, signers, shapes, attachments), and recomputes every
Proof-of-Fold. It needs no network and trusts nobody: not the server, not git's own hashes.

With names, only chains that start with one of them are looked at, such as \`journal/\` or \`state/sum\`. \`--proof\` checks a proof file, without any
repository.
`,
  positionals: [
    { name: 'chains', kind: 'rest', of: 'text', summary: 'chains to look at; default: all', complete: 'refs' },
  ],
  options: {
    all: { kind: 'flag', summary: 'everything; the default' },
    proof: { kind: 'path', placeholder: 'FILE', summary: 'check a proof file', complete: 'files' },
    rules: { kind: 'flag', summary: 'only list what may stand where' },
  },
  examples: [
    { command: 'git gatos verify --all', note: 'the whole repository' },
    { command: 'git gatos verify --proof sum.proof', note: 'a proof that someone sent' },
  ],
  exits: ['absent', 'untrusted', 'mismatch', 'rewritten', 'expired', 'missing', 'unchecked', 'denied', 'no'],
  seeAlso: ['fold verify', 'state prove'],
  run: async (context, { chains, proof, rules }) => {
    if (rules) return ruleTable(RULES);
    if (proof !== undefined) return verifyFile(context, proof);
    const { repository } = await context.openRepository();
    const only = chains.length === 0 ? undefined : await namedChains(repository, chains);
    const { progress, signal } = context;
    const { report, totals } = await repository.verify({ only, progress, signal });
    const outcome = reportOutcome(report, { style: context.colour, value: { ...report, totals } });
    const { chains: count, envelopes, records, bytes } = totals;
    const summary = [
      counted(count, 'chain'),
      counted(envelopes, 'envelope'),
      counted(records, 'record'),
      counted(bytes, 'signed byte'),
    ].join(', ');
    return { ...outcome, text: [...[outcome.text].flat(), summary] };
  },
});

/** Throws `view/no-chain` for a name with which no chain starts: a slip must not pass for a repository that cannot be checked. */
async function namedChains({ backend }: Core, names: readonly string[]): Promise<string[]> {
  const known = (await backend.refs.list(REF_PREFIX)).map((ref) => ref.name.slice(REF_PREFIX.length));
  const wanted = names.map((name) => (name.startsWith(REF_PREFIX) ? name.slice(REF_PREFIX.length) : name));
  for (const name of wanted) {
    if (!known.some((chain) => chain.startsWith(name))) throw viewError('no-chain', { name, known });
  }
  return wanted;
}

async function verifyFile(context: Context, path: string): Promise<Answer> {
  const bytes = await context.readSource({ from: 'file', path }, { maxBytes: LIMITS.blockBytes * 2 });
  const { report, fact } = await verifyProofFile(nativeEngine(), bytes).catch((cause: unknown) => {
    if (isGatosError(cause) && cause.kind === 'input') throw viewError('not-a-proof', { path, why: cause.message });
    throw cause;
  });
  return reportOutcome(report, {
    style: context.colour,
    value: { ...report, fact },
    next: [`${fact.actor} signed with ${fact.signers.join(', ')}: whether to trust that key is yours to know`],
  });
}

function ruleTable(rules: readonly Rule[]): Answer {
  const rows = rules.map(({ pattern, movement, plane, summary, kinds }) => ({
    ref: `refs/gatos/${pattern}`,
    movement,
    plane,
    summary,
    kinds: kinds.map(({ kind }) => kind),
  }));
  return {
    value: rows,
    text: rows.map(({ ref, movement, summary }) => `${ref.padEnd(28)} ${movement.padEnd(18)} ${summary}`),
  };
}
