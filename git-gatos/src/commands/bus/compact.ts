import { compactTopic, UlidSource } from 'gatos-core';
import { unsentTo } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';
import { age } from './age.js';

export const command = defineCommand({
  name: 'compact',
  summary: 'replace old segments by signed summaries',
  description: `
Prunes the segments of a topic that have ended, are old enough, were passed by every consumer and are at every remote that was synced with. What stays of each is a signed summary: the number of messages, and the
root of the Merkle tree over them, so that a message that somebody kept with its proof (\`bus prove\`) can still be shown to have stood there.

\`--force\` also prunes what a consumer has not read, or a remote does not hold yet. \`git gc\` then frees the room.
`,
  positionals: [{ name: 'topic', kind: 'text', summary: 'name of the topic', complete: 'topics' }],
  options: {
    olderThan: {
      kind: 'parsed',
      required: true,
      parse: age,
      placeholder: 'TIME',
      summary: 'only segments whose last message is so old',
    },
    force: { kind: 'flag', summary: 'also what consumers have not passed, or remotes do not hold' },
  },
  examples: [{ command: 'git gatos bus compact readings --older-than 30d', note: 'keep a month' }],
  exits: ['no', 'missing', 'untrusted', 'conflict', 'mismatch', 'temporary'],
  seeAlso: ['bus stats', 'bus prove'],
  run: async (context, { topic, olderThan, force }) => {
    const { repository } = await context.openRepository();
    const { ports } = repository;
    const { progress, signal } = context;
    const bus = { ...ports, ulids: new UlidSource(ports) };
    const { summaries, kept } = await compactTopic(bus, {
      ...(await repository.writer()),
      topic,
      olderThan,
      force,
      unsentTo: await unsentTo(ports.backend),
      progress,
      signal,
    });
    const messages = summaries.reduce((sum, { count }) => sum + count, 0);
    return {
      value: {
        topic,
        pruned: summaries.map(({ segment, count, bytes, root }) => ({ segment, count, bytes, root })),
        kept,
      },
      text: [
        summaries.length === 0
          ? 'nothing to prune'
          : `pruned ${counted(summaries.length, 'segment')} with ${counted(messages, 'message')}`,
        ...kept.map(({ segment, waitsFor, unsentTo: remotes }) => {
          const reasons = [
            ...(waitsFor.length > 0 ? [`not read yet by ${waitsFor.join(', ')}`] : []),
            ...(remotes.length > 0 ? [`not at ${remotes.join(', ')} yet: \`git gatos sync\` first`] : []),
          ];
          return `kept ${segment}: ${reasons.join('; ')}`;
        }),
      ],
    };
  },
});
