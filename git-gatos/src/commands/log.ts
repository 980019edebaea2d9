import {
  type ChainEntry,
  type Repository as Core,
  formatJson,
  formatTime,
  journalError,
  journalHeads,
  namespaces,
  parseActor,
  parseTime,
  readBackwards,
  readOrdered,
} from 'gatos-core';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import { eventLine, eventValue, type PlacedEvent, placeEvent } from '../view/event.js';

export const command = defineCommand({
  name: 'log',
  summary: 'list events in the order in which folds see them',
  description: `
Shows the events of a namespace, newest first; \`--reverse\` shows them oldest first. The order is the one that folds use: it depends on the
signed events alone, not on when they arrived here.
`,
  options: {
    ns: { kind: 'text', placeholder: 'NS', summary: 'namespace', complete: 'namespaces' },
    type: { kind: 'text', short: 't', placeholder: 'TYPE', summary: 'only events of this type' },
    actor: { kind: 'parsed', placeholder: 'ACTOR', summary: 'only events by this actor', parse: checkedActor },
    since: {
      kind: 'parsed',
      placeholder: 'TIME',
      summary: 'only events whose actor claims this time or a later one (RFC 3339, UTC)',
      parse: parseSince,
    },
    grep: { kind: 'text', placeholder: 'TEXT', summary: 'only events whose type, key or payload holds this text' },
    limit: { kind: 'int', short: 'n', min: 1, placeholder: 'N', summary: 'at most so many' },
    reverse: { kind: 'flag', summary: 'oldest first' },
    jsonl: { kind: 'flag', summary: 'one JSON object a line' },
  },
  examples: [
    { command: 'git gatos log -n 20', note: 'the last twenty' },
    { command: 'git gatos log --type add --jsonl', note: 'for another program' },
  ],
  exits: ['no', 'missing', 'mismatch', 'unchecked'],
  seeAlso: ['show', 'emit'],
  run: async (context, args) => {
    const workspace = await context.openRepository();
    const ns = args.ns ?? workspace.namespace;
    const wanted = filterOf(args);
    const events = take(
      filter(eventsOf(workspace.repository, { ns, reverse: args.reverse, context }), wanted),
      args.limit,
    );
    if (context.json && !args.jsonl) {
      const all = [];
      for await (const event of events) all.push(eventValue(event));
      return { value: all, text: '' };
    }
    return { lines: lines(events, { jsonl: args.jsonl, context, ns }) };
  },
});

function checkedActor(text: string): string {
  parseActor(text);
  return text;
}

function parseSince(text: string): number {
  return parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
}

interface Source {
  readonly ns: string;
  readonly reverse: boolean;
  readonly context: Context;
}

async function* eventsOf(
  { backend }: Core,
  { ns, reverse, context }: Source,
): AsyncGenerator<PlacedEvent, void, undefined> {
  const heads = await journalHeads(backend, ns);
  if (heads.length === 0) throw journalError('unknown-namespace', { ns, known: await namespaces(backend) });
  const [only] = heads;
  if (reverse) {
    for await (const batch of readOrdered(backend, { heads }, { signal: context.signal })) {
      for (const entry of batch) yield* placed(entry);
    }
  } else if (heads.length === 1 && only !== undefined) {
    // One chain: its end is the end of the order, so the newest events cost nothing of the history.
    for await (const entry of readBackwards(backend, only.oid)) yield* placed(entry).reverse();
  } else {
    const entries: ChainEntry[] = [];
    for await (const batch of readOrdered(backend, { heads }, { signal: context.signal })) entries.push(...batch);
    for (const entry of entries.reverse()) yield* placed(entry).reverse();
  }
}

function placed({ envelope }: ChainEntry): PlacedEvent[] {
  return Array.from({ length: envelope.count }, (_, i) => placeEvent(envelope, i));
}

type Filter = (event: PlacedEvent) => boolean;

interface FilterArgs {
  readonly type: string | undefined;
  readonly actor: string | undefined;
  readonly since: number | undefined;
  readonly grep: string | undefined;
}

function filterOf({ type, actor, since, grep }: FilterArgs): Filter {
  const from = since === undefined ? undefined : formatTime(since);
  return (placedEvent) => {
    const { event } = placedEvent;
    if (type !== undefined && event.type !== type) return false;
    if (actor !== undefined && placedEvent.actor !== actor) return false;
    if (from !== undefined && placedEvent.time < from) return false;
    return grep === undefined || `${event.type}\n${event.key ?? ''}\n${formatJson(event.payload)}`.includes(grep);
  };
}

async function* filter(
  events: AsyncIterable<PlacedEvent>,
  wanted: Filter,
): AsyncGenerator<PlacedEvent, void, undefined> {
  for await (const event of events) if (wanted(event)) yield event;
}

async function* take(
  events: AsyncIterable<PlacedEvent>,
  limit: number | undefined,
): AsyncGenerator<PlacedEvent, void, undefined> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  for await (const event of events) {
    yield event;
    left -= 1;
    if (left <= 0) return;
  }
}

async function* lines(
  events: AsyncIterable<PlacedEvent>,
  { jsonl, context, ns }: { jsonl: boolean; context: Context; ns: string },
): AsyncGenerator<string, void, undefined> {
  let none = true;
  for await (const event of events) {
    none = false;
    yield jsonl ? formatJson(eventValue(event), { sorted: true }) : eventLine(event, context.colour);
  }
  if (none && !jsonl) context.note(`no event in namespace ${ns} is like that`);
}
