import { formatJson, type Message, requireTopic } from 'gatos-core';
import {
  type CommandHandlerRequest,
  handleByCommand,
  messageValue,
  type Subscribed,
  type SubscribeRequest,
  subscribe,
} from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { parseOffset } from './offset.js';

const FETCH_MS = 2000;
/** Characters gathered before they are printed. */
const BATCH = 64 * 1024;

export const command = defineCommand({
  name: 'subscribe',
  summary: 'handle the messages of a topic',
  description: `
Prints the messages that a consumer has not acknowledged yet, a JSON document a line, and acknowledges them. With a command, runs it for each message, which it
gets on standard input as a line of JSON, with GATOS_KEY, GATOS_MESSAGE and GATOS_TOPIC set; the message is acknowledged when the command ends with 0, and tried
again when not.

A message comes at least once: again after a crash between handling and acknowledging. What was handled before under the same key and with the same content is passed
over; another content under a used key is told on standard error and never handled.

After the first SIGINT or SIGTERM the message that is being handled is finished and acknowledged, and no other one begun; a second one ends its command.
`,
  positionals: [
    { name: 'topic', kind: 'text', summary: 'name of the topic', complete: 'topics' },
    { name: 'command', kind: 'rest', of: 'text', summary: 'a command that handles one message, after `--`' },
  ],
  options: {
    consumer: {
      kind: 'text',
      required: true,
      short: 'c',
      placeholder: 'NAME',
      summary: 'who handles: the name under which it is recorded',
    },
    follow: { kind: 'flag', short: 'f', summary: 'wait for more' },
    from: {
      kind: 'parsed',
      parse: parseOffset,
      placeholder: 'start|end|OFFSET',
      summary: 'where a new consumer starts; default: start',
    },
    limit: { kind: 'int', short: 'n', min: 1, placeholder: 'N', summary: 'end after so many messages' },
    attempts: {
      kind: 'int',
      min: 1,
      max: 1000,
      default: 3,
      placeholder: 'N',
      summary: 'how often a command is tried on one message; default: 3',
    },
    remote: {
      kind: 'text',
      placeholder: 'NAME',
      summary: 'bring what is new from this remote, and acknowledge there',
      complete: 'remotes',
    },
  },
  examples: [
    {
      command: 'git gatos bus subscribe builds --consumer mailer --follow -- ./send-mail.sh',
      note: 'a command for each message',
    },
    { command: 'git gatos bus subscribe readings -c reader -n 100', note: 'the next hundred, as JSON lines' },
  ],
  exits: ['no', 'missing', 'untrusted', 'denied', 'temporary'],
  seeAlso: ['bus publish', 'bus ack', 'bus stats'],
  run: async (context, { topic, command: argv, consumer, follow, from, limit, attempts, remote }) => {
    const stop = context.unhurried();
    const kill = context.hurry;
    const workspace = await context.openRepository({ remote });
    // Whoever waits may wait for the first message ever.
    if (!follow && remote === undefined) await requireTopic(workspace.backend, topic);
    const [program, ...args] = argv;
    const { handle, flush } =
      program === undefined
        ? printing(context)
        : { handle: running(context, { topic, argv: [program, ...args], attempts, stop, kill }), flush: undefined };
    const done = await subscribe(workspace, {
      topic,
      consumer,
      follow,
      from,
      limit,
      ackEach: program !== undefined,
      stop,
      handle,
      flush,
      onSkipped: ({ conflicts, skipped }) => {
        for (const { ulid, key } of conflicts)
          context.note(`message ${ulid} was not handled: another content was handled under its key \`${key}\``);
        for (const segment of skipped) context.note(`segment ${segment} was pruned before it was read`);
      },
      ...(remote === undefined ? {} : { fetchMs: FETCH_MS }),
      onUnreachable: ({ message }) => context.note(`${message}; it is asked again`),
    });
    context.note(summaryOf(done));
    // Whoever waits is told to end by a signal, and that is no fault; whoever is not done when it comes is interrupted.
    if (!follow && !(limit !== undefined && done.handled >= limit)) stop.throwIfAborted();
    return { lines: [], ...(done.conflicts > 0 ? { exit: 'no' as const } : {}) };
  },
});

function summaryOf({ handled, duplicates, conflicts, passed }: Subscribed): string {
  const parts = [`${handled} handled`];
  if (duplicates > 0) parts.push(`${duplicates} passed over as handled before`);
  if (passed > 0) parts.push(`${passed} handled meanwhile by another process`);
  if (conflicts > 0) parts.push(`${conflicts} in conflict`);
  return parts.join(', ');
}

/** Printed together while more is at hand, and before it counts as handled. */
function printing({ stdout }: Context): Pick<SubscribeRequest, 'handle' | 'flush'> {
  let text = '';
  const flush = () => {
    const told = text;
    text = '';
    if (told !== '') stdout.write(told);
  };
  const handle = (message: Message) => {
    text += `${formatJson(messageValue(message))}\n`;
    if (text.length >= BATCH) flush();
    return true;
  };
  return { handle, flush };
}

function running(
  context: Context,
  terms: Pick<CommandHandlerRequest, 'topic' | 'argv' | 'attempts' | 'stop' | 'kill'>,
): SubscribeRequest['handle'] {
  const { cwd, env, stdout, stderr } = context;
  return (message) =>
    handleByCommand(message, {
      ...terms,
      cwd,
      env,
      onOutput: (stream, chunk) => (stream === 'stdout' ? stdout : stderr).write(chunk),
      onRetry: (why, pauseMs) =>
        context.note(`message ${message.ulid} was not handled, ${why}; again in ${pauseMs / 1000} s`),
    });
}
