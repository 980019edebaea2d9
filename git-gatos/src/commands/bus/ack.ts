import { openConsumer, requireTopic } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { parseOffset } from './offset.js';

export const command = defineCommand({
  name: 'ack',
  summary: 'say how far a consumer has come',
  description:
    'Records that a consumer has handled everything up to a message, itself included. A place that it has passed already is left alone.',
  positionals: [
    { name: 'topic', kind: 'text', summary: 'name of the topic', complete: 'topics' },
    { name: 'offset', kind: 'parsed', parse: parseOffset, summary: 'the place of the last message that is handled' },
  ],
  options: { consumer: { kind: 'text', required: true, short: 'c', placeholder: 'NAME', summary: 'who handled it' } },
  examples: [{ command: 'git gatos bus ack builds 01J…:41 --consumer mailer', note: 'up to and including message 41' }],
  exits: ['no', 'missing', 'untrusted', 'temporary'],
  seeAlso: ['bus subscribe'],
  run: async (context, { topic, offset, consumer: name }) => {
    const { repository } = await context.openRepository();
    const { ports } = repository;
    await requireTopic(ports.backend, topic);
    const consumer = await openConsumer(ports, { ...(await repository.writer()), topic, consumer: name });
    const last = typeof offset === 'string' ? await edge(consumer, offset) : offset;
    const written = last !== null && (await consumer.ack(last));
    const position = consumer.position === null ? null : `${consumer.position.segment}:${consumer.position.seq}`;
    return {
      value: { topic, consumer: name, position, recorded: written },
      text: position ?? 'nothing is acknowledged',
    };
  },
});

/** The last message that is there now. */
async function edge(consumer: Awaited<ReturnType<typeof openConsumer>>, which: 'start' | 'end') {
  if (which === 'start') return null;
  let last = consumer.position;
  for await (const { offset } of consumer.deliveries()) last = offset;
  return last;
}
