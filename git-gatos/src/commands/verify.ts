import { LIMITS, RULES, type Rule, verifyProofFile } from 'gatos-core';
import { nativeEngine } from 'gatos-core/node';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import type { Answer } from '../output/outcome.js';
import { reportOutcome } from '../output/report.js';

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
  exits: ['absent', 'untrusted', 'mismatch', 'rewritten', 'expired', 'missing', 'unchecked', 'denied'],
  seeAlso: ['fold verify', 'state prove'],
  run: async (context, { chains, proof, rules }) => {
    if (rules) return ruleTable(RULES);
    if (proof !== undefined) return verifyFile(context, proof);
    const { repository } = await context.openRepository();
    const only = chains.length === 0 ? undefined : chains.map((name) => name.replace(/^refs\/gatos\//, ''));
    const { progress, signal } = context;
    const { report, totals } = await repository.verify({ only, progress, signal });
    const outcome = reportOutcome(report, { style: context.colour, value: { ...report, totals } });
    const { chains: count, envelopes, records, bytes } = totals;
    const summary = `${count} chains, ${envelopes} envelopes, ${records} records, ${bytes} signed bytes`;
    return { ...outcome, text: [...[outcome.text].flat(), summary] };
  },
});

async function verifyFile(context: Context, path: string): Promise<Answer> {
  const bytes = await context.readSource({ from: 'file', path }, { maxBytes: LIMITS.blockBytes * 2 });
  const { report, fact } = await verifyProofFile(nativeEngine(), bytes);
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
