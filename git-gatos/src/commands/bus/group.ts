import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'bus',
  summary: 'publish messages, and handle each at least once',
  description: `
A topic is a line of segments, each an append-only chain of signed messages. A consumer records how far it has come; whoever is killed between handling and
acknowledging gets the message again, and what it handled before under the same key is passed over. Old segments give way to signed summaries.
`,
  commands: [
    { name: 'publish', summary: 'publish messages on a topic', load: () => import('./publish.js') },
    { name: 'subscribe', summary: 'handle the messages of a topic', load: () => import('./subscribe.js') },
    { name: 'ack', summary: 'say how far a consumer has come', load: () => import('./ack.js') },
    { name: 'topics', summary: 'list the topics', load: () => import('./topics.js') },
    { name: 'stats', summary: 'show segments, ages and consumers of a topic', load: () => import('./stats.js') },
    { name: 'compact', summary: 'replace old segments by signed summaries', load: () => import('./compact.js') },
    { name: 'verify', summary: 'check the bus, and proofs of messages', load: () => import('./verify.js') },
    { name: 'prove', summary: 'prove that a message stood in a segment', load: () => import('./prove.js') },
  ],
});
