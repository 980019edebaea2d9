import { listTopics, topicStats } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';
import { formatSize } from '../../view/size.js';

export const command = defineCommand({
  name: 'topics',
  summary: 'list the topics',
  description: 'Lists the topics with the number of messages that are here.',
  examples: [{ command: 'git gatos bus topics', note: 'all of them' }],
  exits: ['unchecked'],
  seeAlso: ['bus stats'],
  run: async (context) => {
    const { backend, ports } = (await context.openRepository()).repository;
    const rows = [];
    for (const topic of await listTopics(backend)) {
      const { messages, bytes, segments, consumers } = await topicStats(backend, { topic, now: ports.clock.now() });
      rows.push({
        topic,
        messages,
        bytes,
        segments: segments.length,
        consumers: consumers.map(({ consumer }) => consumer),
      });
      context.signal.throwIfAborted();
    }
    const lines = rows.map(
      ({ topic, messages, bytes, segments }) =>
        `${context.colour.bold(topic)}  ${counted(messages, 'message')}, ${formatSize(bytes)} in ${counted(segments, 'segment')}`,
    );
    return { value: rows, text: lines.length === 0 ? 'no topics yet' : lines };
  },
});
