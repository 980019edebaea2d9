import { type Published, parseJson, utf8 } from 'gatos-core';
import { checkLines, type PublishAllRequest, type PublishedAll, publishAll } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { cliError } from '../../errors.js';
import { fileChunks, type TextSource } from '../../input.js';
import type { Answer } from '../../output/outcome.js';
import { counted } from '../../view/count.js';

export const command = defineCommand({
  name: 'publish',
  summary: 'publish messages on a topic',
  description: `
Signs a message and appends it to the active segment of a topic; prints its place. With \`--lines\` every line of a file is the JSON payload of one message, and
they are signed in batches. All lines are looked at first: one that cannot be published means that nothing is recorded.

A message with a key is published once as long as its segment is the active one; consumers pass over what they handled under the same key.

With \`--remote\` the repository there decides what comes first, so that any number of clones can publish on one topic. Without it two clones that publish between
two syncs have to be joined: \`git gatos sync --re-emit\`.
`,
  positionals: [{ name: 'topic', kind: 'text', summary: 'name of the topic', complete: 'topics' }],
  options: {
    payload: {
      kind: 'json',
      short: 'p',
      placeholder: 'JSON',
      summary: 'JSON, - for standard input, @FILE for a file; default: null',
    },
    lines: {
      kind: 'json',
      placeholder: '@FILE',
      summary: 'one payload a line: - for standard input, @FILE for a file',
    },
    type: { kind: 'text', short: 't', placeholder: 'TYPE', summary: 'what the message is; default: message' },
    key: { kind: 'text', short: 'k', placeholder: 'KEY', summary: 'idempotency key' },
    keyField: {
      kind: 'text',
      placeholder: 'FIELD',
      summary: 'with `--lines`: the field of the payload that is the key',
    },
    maxMessages: { kind: 'int', min: 1, placeholder: 'N', summary: 'begin a new segment after so many' },
    maxBytes: { kind: 'int', min: 1, placeholder: 'BYTES', summary: 'begin a new segment after so many bytes' },
    remote: { kind: 'text', placeholder: 'NAME', summary: 'publish at this remote first', complete: 'remotes' },
  },
  examples: [
    { command: `git gatos bus publish builds --payload '{"commit":"4f2a"}' --key 4f2a`, note: 'one message' },
    { command: 'git gatos bus publish readings --lines @readings.ndjson --key-field id', note: 'one for each line' },
  ],
  exits: ['no', 'untrusted', 'conflict', 'denied', 'temporary'],
  seeAlso: ['bus subscribe', 'bus stats'],
  run: async (context, args) => {
    const { topic, maxMessages, maxBytes, remote } = args;
    const given = await messagesIn(context, args);
    try {
      const workspace = await context.openRepository({ remote });
      const { progress, signal } = context;
      const limits = { maxMessages, maxBytes };
      const { messages, total } = given;
      const published = await publishAll(workspace, { topic, messages, total, limits, progress, signal });
      return args.lines === undefined ? oneOutcome(topic, published) : manyOutcome(topic, published);
    } finally {
      await given.dispose();
    }
  },
});

const placeOf = (published: Published | null) =>
  published === null ? undefined : `${published.segment}:${published.seq}`;

function oneOutcome(topic: string, { first }: PublishedAll): Answer {
  const place = placeOf(first) ?? '';
  return {
    value: { topic, offset: place, cid: String(first?.cid), status: first?.status },
    text: place,
    next:
      first?.status === 'exists'
        ? ['the same message stands there already; nothing was written']
        : [`handle it: git gatos bus subscribe ${topic} --consumer NAME`],
  };
}

function manyOutcome(topic: string, { messages, existed, first, last }: PublishedAll): Answer {
  return {
    value: { topic, messages, existed, first: placeOf(first), last: placeOf(last) },
    text: `${counted(messages, 'message')} on ${topic}${existed > 0 ? `, ${existed} of them there before` : ''}`,
  };
}

interface Given {
  readonly payload?: TextSource | undefined;
  readonly lines?: TextSource | undefined;
  readonly type?: string | undefined;
  readonly key?: string | undefined;
  readonly keyField?: string | undefined;
}

interface Messages {
  readonly messages: PublishAllRequest['messages'];
  readonly total: number;
  dispose(): Promise<void>;
}

async function messagesIn(context: Context, { payload, lines, type, key, keyField }: Given): Promise<Messages> {
  if (lines === undefined) {
    if (keyField !== undefined) throw cliError('only-with', { option: '--key-field', needs: '--lines' });
    const bytes = payload === undefined ? null : await context.readSource(payload);
    const message = { payload: bytes === null ? null : parseJson(bytes), type, key };
    return { messages: [{ message, bytes: bytes?.length ?? 0 }], total: 1, dispose: async () => undefined };
  }
  if (payload !== undefined || key !== undefined)
    throw cliError('together', { first: '--lines', second: payload === undefined ? '--key' : '--payload' });
  const { signal } = context;
  const checked = await checkLines({ chunks: await chunksOf(context, lines), type, keyField, signal });
  return { messages: checked.messages(), total: checked.count, dispose: checked.dispose };
}

async function chunksOf(context: Context, source: TextSource): Promise<AsyncIterable<Uint8Array>> {
  if (source.from === 'argument') return once(utf8(source.text));
  return source.from === 'stdin' ? context.stdin.chunks() : fileChunks(source.path);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
