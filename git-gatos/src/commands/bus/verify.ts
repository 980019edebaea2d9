import { LIMITS, requireTopic, verifyMessageProof } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { cliError } from '../../errors.js';
import { reportOutcome } from '../../output/report.js';

export const command = defineCommand({
  name: 'verify',
  summary: 'check the bus, and proofs of messages',
  description: `
Verifies the segments, summaries and offsets of a topic, or of all topics: chains and signatures, that segments form one line and end truthfully, that summaries are
of what they say. \`--proof\` checks that a message stood in a segment, also after it was pruned.
`,
  positionals: [
    { name: 'topic', kind: 'text', optional: true, summary: 'name of the topic; default: all', complete: 'topics' },
  ],
  options: {
    proof: { kind: 'path', placeholder: 'FILE', summary: 'check a proof that `bus prove` made', complete: 'files' },
  },
  examples: [
    { command: 'git gatos bus verify readings', note: 'one topic' },
    { command: 'git gatos bus verify --proof reading.proof', note: 'a message that somebody kept' },
  ],
  exits: ['no', 'untrusted', 'mismatch', 'missing', 'unchecked'],
  seeAlso: ['verify', 'bus prove', 'bus compact'],
  run: async (context, { topic, proof }) => {
    const { repository } = await context.openRepository();
    const { progress, signal, colour: style } = context;
    if (proof !== undefined && topic !== undefined) throw cliError('together', { first: '--proof', second: 'TOPIC' });
    if (proof !== undefined) {
      const bytes = await context.readSource({ from: 'file', path: proof }, { maxBytes: LIMITS.blockBytes });
      const { report, fact } = await verifyMessageProof(repository.backend, bytes);
      return reportOutcome(report, { style, value: { ...report, fact } });
    }
    const suffix = topic === undefined ? '/' : `/${topic}`;
    const only = (
      await Promise.all(
        ['mbus', 'mbus-ack', 'mbus-summary'].map(async (name) => {
          const refs = await repository.backend.refs.list(`refs/gatos/${name}/`);
          return refs.some((ref) => topic === undefined || ref.name.split('/')[3] === topic)
            ? [`${name}${suffix}`]
            : [];
        }),
      )
    ).flat();
    if (only.length === 0 && topic !== undefined) await requireTopic(repository.backend, topic);
    if (only.length === 0) return { value: { outcome: 'pass', checks: [] }, text: 'no topics yet' };
    const { report, totals } = await repository.verify({ only, progress, signal });
    return reportOutcome(report, { style, value: { ...report, totals } });
  },
});
