/** Publishing and draining messages against the journal, which takes and gives back the same records. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_KIND, journalHeads, openBus, publishMessages, readOrdered, recordBody } from 'gatos-core';
import { subscribe } from 'gatosd';
import { openLab } from '../lab.mjs';
import { inFolder, paired, perSecond, seconds } from '../measure.mjs';
import { makeEvents } from '../records.mjs';

export const TOPIC = 'readings';
export const BATCH = 1000;

/** Messages in calls of a batch each. */
export async function publishAll({ repository }, messages, { limits } = {}) {
  const bus = openBus(repository.ports);
  for (let i = 0; i < messages.length; i += BATCH) {
    const writer = await repository.writer();
    await publishMessages(bus, { ...writer, topic: TOPIC, messages: messages.slice(i, i + BATCH), limits });
  }
}

async function emitAll({ repository }, events) {
  for (let i = 0; i < events.length; i += BATCH)
    await repository.emit(events.slice(i, i + BATCH), { ns: 'default', perEnvelope: BATCH });
}

/** A new repository for each measurement. */
function labsIn(folder) {
  let n = 0;
  return async () => {
    const path = join(folder, `r${n++}`);
    mkdirSync(path);
    return openLab(path);
  };
}

export async function busPublish({ count = 100_000, runs = 5 } = {}) {
  const events = makeEvents(count);
  return inFolder(async (folder) => {
    const fresh = labsIn(folder);
    const timed = (write) => async () => {
      const lab = await fresh();
      const time = await seconds(() => write(lab, events));
      await lab.close();
      return time;
    };
    const found = await paired({ ours: timed(publishAll), limit: timed(emitAll), runs });
    return rowOf(`publish ${count.toLocaleString('en')} messages, ${BATCH} a call`, 'journal append', found, count);
  });
}

/** One subscription to the end of the topic: every message is handed over with its payload, and acknowledged by the portion. */
async function drainOnce(lab, { consumer, count }) {
  let sum = 0;
  const { handled } = await subscribe(lab, {
    topic: TOPIC,
    consumer,
    follow: false,
    ackEach: false,
    stop: new AbortController().signal,
    handle: ({ payload }) => {
      sum += payload.n;
    },
  });
  check({ handled, sum, count });
}

/** The same of the journal: every event of the one order, with its payload. */
async function readOnce({ backend }, count) {
  let handled = 0;
  let sum = 0;
  for await (const batch of readOrdered(backend, { heads: await journalHeads(backend, 'default') })) {
    for (const { envelope } of batch) {
      for (let i = 0; i < envelope.count; i++) sum += recordBody(envelope, i, EVENT_KIND).payload.n;
      handled += envelope.count;
    }
  }
  check({ handled, sum, count });
}

function check({ handled, sum, count }) {
  if (handled !== count || sum !== (count * (count - 1)) / 2) throw new Error(`${handled} of ${count} records`);
}

/** The journal's events have no keys in either row: what a message with one costs more is the consumer's memory of what it has handled. */
export async function busDrain({ count = 100_000, runs = 5 } = {}) {
  const events = makeEvents(count);
  const keyed = events.map((event, i) => ({ ...event, key: `reading-${i}` }));
  const plain = await drainAgainst(events, { messages: events, count, runs });
  const withKeys = await drainAgainst(events, { messages: keyed, count, runs });
  const name = `subscribe and drain ${count.toLocaleString('en')} messages`;
  return [
    rowOf(name, 'journal read', plain, count),
    { ...rowOf(`${name}, each with a key`, 'journal read', withKeys, count), target: 'report', met: null },
  ];
}

async function drainAgainst(events, { messages, count, runs }) {
  return inFolder(async (folder) => {
    const lab = await labsIn(folder)();
    await publishAll(lab, messages);
    await emitAll(lab, events);
    let n = 0;
    const ours = () => {
      const consumer = `c${n++}`;
      return seconds(() => drainOnce(lab, { consumer, count }));
    };
    const found = await paired({ ours, limit: () => seconds(() => readOnce(lab, count)), runs });
    await lab.close();
    return found;
  });
}

function rowOf(name, peer, { ours, limit, ratio }, count) {
  return {
    name,
    ours: perSecond(count, ours),
    limit: `${peer} ${perSecond(count, limit)}`,
    ratio,
    target: '≥ 0.8',
    met: ratio >= 0.8,
  };
}
