/**
 * A consumer: it gets every message at least once, tells those that it has handled before, and records how far it has come on a
 * chain of its own. Whoever handles and then acknowledges may be killed in between, and gets the same messages again: an
 * effect that goes by the key of its message is seen once.
 */
import {
  append,
  type ChainEntry,
  draftRecord,
  readBackwards,
  readChain,
  readEntry,
  recordBody,
  refOfChain,
  type WriterPorts,
} from '../chain/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { LIMITS, type LongCall } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { busError } from './errors.js';
import type { Message } from './message.js';
import { offsetsChain } from './names.js';
import { checkOffset, isBefore, lastOffset, type Offset, type ReadOffset, readMessages } from './read.js';
import { OFFSETS_RULE } from './rules.js';
import { OFFSET_KIND, type OffsetRecord } from './schema.js';
import { Mark, type Novelty, Window } from './window.js';

export interface ConsumerRequest extends Writer {
  readonly topic: string;
  readonly consumer: string;
  /** Where a consumer starts that has acknowledged nothing yet. Default: `start`. */
  readonly from?: Offset | 'start' | 'end' | undefined;
  /** Messages that it remembers. Default and most: LIMITS.busWindow. */
  readonly window?: number | undefined;
}

/** What one step of reading gives to handle. */
export interface Delivery {
  /** To be handled, in the order of the topic. */
  readonly messages: readonly Message[];
  /** Handled before, under the same key and with the same content. */
  readonly duplicates: readonly Message[];
  /** Something else was handled under the same key; never handled. */
  readonly conflicts: readonly Message[];
  /** To be acknowledged when all messages are handled. */
  readonly offset: ReadOffset;
  /** ULIDs of segments that were pruned before they were read. */
  readonly skipped: readonly string[];
}

/** Reads where a consumer stands and what it remembers. Throws `bus/name`, and as `readChain`. */
export async function openConsumer(ports: WriterPorts, request: ConsumerRequest): Promise<Consumer> {
  const { topic, from } = request;
  // What comes from now on is what comes behind the last message of now.
  const start = from === 'end' ? ((await lastOffset(ports.backend, topic)) ?? 'start') : from;
  const consumer = new Consumer(ports, { ...request, from: start });
  await consumer.refresh();
  return consumer;
}

/** What was delivered and not yet acknowledged: a message without a key, which is new, or one with what is known by its key. */
type Pending = Message | Judged;

interface Judged extends Offset {
  readonly mark: Mark;
  readonly novelty: Novelty;
}

function markIn(pending: Pending): Mark | null {
  return 'mark' in pending ? pending.mark : null;
}

function isNew(pending: Pending): boolean {
  return !('mark' in pending) || pending.novelty === 'new';
}

export class Consumer {
  readonly chain: string;
  readonly #window: Window;
  /** What is read next comes behind this. */
  #read: ReadOffset | 'start' | 'end';
  #head: Oid | null = null;
  #last: OffsetRecord | null = null;
  #pending: Pending[] = [];

  /** Use `openConsumer`. */
  constructor(
    private readonly ports: WriterPorts,
    private readonly request: ConsumerRequest,
  ) {
    this.chain = offsetsChain(request.topic, request.consumer);
    this.#window = new Window(Math.min(request.window ?? LIMITS.busWindow, LIMITS.busWindow));
    const { from = 'start' } = request;
    this.#read = typeof from === 'string' ? from : checkOffset(from);
  }

  /** Up to where everything is acknowledged; null: nothing is. */
  get position(): Offset | null {
    return this.#last === null ? null : { segment: this.#last.segment, seq: this.#last.seq };
  }

  get handled(): number {
    return this.#last?.handled ?? 0;
  }

  get conflicts(): number {
    return this.#last?.conflicts ?? 0;
  }

  /** Is a message done, by an acknowledgement that this object wrote or has looked at? Another process of this consumer may have handled it. */
  hasPassed(offset: Offset): boolean {
    // Asked for every message: nothing is made for it.
    const last = this.#last;
    return last !== null && !isBefore(last, offset);
  }

  /** Was this message handled, as far as is remembered? */
  judge(message: Message): Novelty {
    return this.#window.judge(Mark.of(message));
  }

  /**
   * What is there and was not delivered to this object yet, in portions; ends when there is no more, and may be called again.
   * Errors as `readMessages`.
   */
  async *deliveries({ signal }: Pick<LongCall, 'signal'> = {}): AsyncGenerator<Delivery, void, undefined> {
    const { topic } = this.request;
    for await (const { messages, offset, skipped } of readMessages(this.ports.backend, {
      topic,
      from: this.#read,
      signal,
    })) {
      this.#read = offset;
      yield this.#sort(messages, { offset, skipped });
    }
  }

  #sort(messages: readonly Message[], place: Pick<Delivery, 'offset' | 'skipped'>): Delivery {
    const sorted = { new: [] as Message[], duplicate: [] as Message[], conflict: [] as Message[] };
    /** Two of one key in one portion: the second is a duplicate of what is about to be handled. */
    const ahead = new Window();
    for (const pending of this.#pending) if (isNew(pending)) ahead.add(markIn(pending));
    for (const message of messages) {
      const mark = Mark.of(message);
      if (mark === null) {
        sorted.new.push(message);
        this.#pending.push(message);
        continue;
      }
      const known = this.#window.judge(mark);
      const novelty = known === 'new' ? ahead.judge(mark) : known;
      if (novelty === 'new') ahead.add(mark);
      sorted[novelty].push(message);
      this.#pending.push({ segment: message.segment, seq: message.seq, mark, novelty });
    }
    return { messages: sorted.new, duplicates: sorted.duplicate, conflicts: sorted.conflict, ...place };
  }

  /**
   * Records that everything up to an offset is handled; one that was passed already is a no-op. False: nothing was written. Throws
   * `bus/bad-offset`, and as `append`.
   */
  async ack(offset: Offset): Promise<boolean> {
    checkOffset(offset);
    await this.#cover(offset);
    const request = requestBy(this.request, {
      chain: this.chain,
      rule: OFFSETS_RULE,
      prepare: async (head) => {
        if ((head?.oid ?? null) !== this.#head) await this.refresh();
        const body = this.#next(offset);
        return body === null ? [] : [draftRecord(OFFSET_KIND, body).draft];
      },
    });
    const [written] = await append(this.ports, request);
    if (written !== undefined) {
      const record = recordBody(written.envelope, 0, OFFSET_KIND);
      this.#remember(record);
      this.#stand(written.oid, record);
    }
    this.#pending.splice(0, this.#covered(offset));
    return written !== undefined;
  }

  /** Reads what lies between the last delivery and an offset: whoever acknowledges it has had it from somebody else. */
  async #cover(offset: Offset): Promise<void> {
    if (typeof this.#read !== 'string' && !isBefore(this.#read, offset)) return;
    const { topic } = this.request;
    let reached = false;
    for await (const { messages, skipped } of readMessages(this.ports.backend, { topic, from: this.#read })) {
      const covered = messages.filter(({ segment, seq }) => !isBefore(offset, { segment, seq }));
      this.#sort(covered, { offset, skipped });
      reached = covered.length < messages.length || !isBefore(placeOf(messages), offset);
      if (reached) break;
    }
    if (!reached) throw busError('bad-offset', { why: 'the topic does not go that far' });
    this.#read = { segment: offset.segment, seq: offset.seq };
  }

  /** How many of those pending an offset covers: they stand in the order of the topic, and most often it is the first alone. */
  #covered(offset: Offset): number {
    const first = this.#pending.findIndex((pending) => isBefore(offset, pending));
    return first < 0 ? this.#pending.length : first;
  }

  /** The record of an acknowledgement; null when there is nothing to say. */
  #next({ segment, seq }: Offset): OffsetRecord | null {
    const { topic, consumer } = this.request;
    const { position } = this;
    if (position !== null && !isBefore(position, { segment, seq })) return null;
    const done = this.#pending.slice(0, this.#covered({ segment, seq }));
    // What another process of this consumer has acknowledged meanwhile counts once.
    const fresh = done.filter(
      (pending) => isNew(pending) && !this.hasPassed(pending) && this.#window.judge(markIn(pending)) === 'new',
    );
    const conflicts = done.filter((pending) => 'mark' in pending && pending.novelty === 'conflict').length;
    return {
      topic,
      consumer,
      segment,
      seq,
      handled: this.handled + fresh.length,
      conflicts: this.conflicts + conflicts,
      seen: fresh.flatMap((pending) => markIn(pending)?.bytes ?? []).slice(-LIMITS.busWindow),
    };
  }

  /** Looks at what was acknowledged since, by whichever process of this consumer. */
  async refresh(): Promise<void> {
    const { backend } = this.ports;
    const head = await backend.refs.read(refOfChain(this.chain));
    if (head === null || head === this.#head) return;
    const records = this.#head === null ? await this.#remembered(head) : await recordsAfter(backend, this.#head, head);
    for (const record of records) this.#remember(record);
    const last = records.at(-1);
    if (last !== undefined) this.#stand(head, last);
  }

  /** The last records, until they fill the window; oldest first. */
  async #remembered(head: Oid): Promise<OffsetRecord[]> {
    const records: OffsetRecord[] = [];
    const size = this.request.window ?? LIMITS.busWindow;
    for await (const entry of readBackwards(this.ports.backend, head)) {
      const record = lastOf(entry);
      records.push(record);
      const [last = record] = records;
      if (last.handled - record.handled >= size) break;
    }
    return records.reverse();
  }

  #remember({ seen }: OffsetRecord): void {
    for (const bytes of seen) this.#window.add(Mark.parse(bytes));
  }

  #stand(oid: Oid, record: OffsetRecord): void {
    const { segment, seq } = record;
    this.#head = oid;
    this.#last = record;
    if (typeof this.#read === 'string' || isBefore(this.#read, record)) this.#read = { segment, seq };
  }
}

/** Of the last message. */
function placeOf(messages: readonly Message[]): Offset {
  const { segment = '', seq = 0 } = messages.at(-1) ?? {};
  return { segment, seq };
}

function lastOf({ envelope }: ChainEntry): OffsetRecord {
  return recordBody(envelope, envelope.count - 1, OFFSET_KIND);
}

async function recordsAfter(backend: GitBackend, after: Oid, head: Oid): Promise<OffsetRecord[]> {
  const records: OffsetRecord[] = [];
  for await (const batch of readChain(backend, { head, after })) for (const entry of batch) records.push(lastOf(entry));
  return records;
}

/** How far a consumer has come: its last word. Throws as `readEntry`. */
export async function readOffset(backend: GitBackend, oid: Oid): Promise<OffsetRecord> {
  return lastOf(await readEntry(backend, oid));
}
