import { RULES, type Rule } from 'gatos-core';
import { defineCommand } from '../command/index.js';
import type { Answer } from '../output/outcome.js';
import { verifyFile } from '../view/proof-file.js';
import { verifySubjects } from '../view/verify-subjects.js';

export const command = defineCommand({
  name: 'verify',
  summary: 'check every byte: chains, signatures, trust, proofs',
  description: `
Verifies the trust chain, then every chain below \`refs/gatos/\` by its rule (order, links, signatures, signers, shapes, attachments), and recomputes every
Proof-of-Fold. It needs no network and trusts nobody: not the server, not git's own hashes.

With an id, it finds out what that is (an experiment, a receipt, a job, a Proof-of-Execution, a checkpoint, a grant, a denial, an event, an envelope, a
capability, an effect, a blob) and verifies it with all that it rests on; the last eight characters or more of an id do, of one in hexadecimal (a capability, an
effect, a receipt of one, a blob) the first eight or more. With the start of names of chains, such as \`journal/\` or \`state/sum\`, it looks at those. \`--proof\` checks a file that somebody sent: a proof of a state or an event and the receipt of a reproduction without any repository, the
proof of a message against the one that you are in.
`,
  positionals: [
    { name: 'chains', kind: 'rest', of: 'text', summary: 'ids, or chains to look at; default: all', complete: 'refs' },
  ],
  options: {
    all: { kind: 'flag', summary: 'everything; the default' },
    proof: { kind: 'path', placeholder: 'FILE', summary: 'check a proof file', complete: 'files' },
    rules: { kind: 'flag', summary: 'only list what may stand where' },
  },
  examples: [
    { command: 'git gatos verify --all', note: 'the whole repository' },
    { command: 'git gatos verify 01J…', note: 'an experiment, with its jobs, states and policy' },
    { command: 'git gatos verify 1f3a09c2', note: 'a blob, a capability or an effect, by the start of its id' },
    { command: 'git gatos verify --proof sum.proof', note: 'a proof, or a receipt, that someone sent' },
  ],
  exits: ['absent', 'untrusted', 'mismatch', 'rewritten', 'expired', 'missing', 'purged', 'unchecked', 'denied', 'no'],
  seeAlso: ['fold verify', 'state prove'],
  run: async (context, { chains, proof, rules }) => {
    if (rules) return ruleTable(RULES);
    if (proof !== undefined) return verifyFile(context, proof);
    return verifySubjects(context, chains);
  },
});

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
