/**
 * Subscribing: a consumer gets what is there, and with `follow` what comes, until it is told to stop. What it has handled is
 * acknowledged; whoever is killed in between gets it again.
 */
import {
  type Consumer,
  type Delivery,
  GatosError,
  isGatosError,
  type Message,
  type Offset,
  openConsumer,
} from 'gatos-core';
import { watchRefs } from 'gatos-core/node';
import type { Workspace } from '../workspace.js';
import { refsOfTopic } from './refs.js';

export interface SubscribeRequest {
  readonly topic: string;
  readonly consumer: string;
  /** Where a consumer starts that has acknowledged nothing yet. Default: `start`. */
  readonly from?: Offset | 'start' | 'end' | undefined;
  /** Wait for more. */
  readonly follow: boolean;
  /** End after so many messages that were handled. */
  readonly limit?: number | undefined;
  /** Acknowledge every message by itself, not each portion. For handlers whose effects are dear. */
  readonly ackEach: boolean;
  /** Ends the subscription when the message that is being handled is done, with what was handled acknowledged. */
  readonly stop: AbortSignal;
  /**
   * Handles one message, and may be waited for. False, and nothing else: it was not handled because of `stop`. When it rejects, the
   * subscription ends; neither acknowledges it.
   */
  handle(message: Message): unknown;
  /** Called before what was handled is acknowledged: it must not be held back any more. */
  readonly flush?: (() => void) | undefined;
  /** Told of what is not handled: duplicates, and other contents under a key that was handled. */
  readonly onSkipped?: ((delivery: Pick<Delivery, 'duplicates' | 'conflicts' | 'skipped'>) => void) | undefined;
  /** The remote of the workspace is asked for news before each look, and every so many milliseconds; absent: it has none. */
  readonly fetchMs?: number | undefined;
  /** While it follows, a remote that cannot be reached is asked again later. Told once for each time. */
  readonly onUnreachable?: ((error: GatosError) => void) | undefined;
}

export interface Subscribed {
  readonly handled: number;
  /** Passed over: handled before under the same key, with the same content. */
  readonly duplicates: number;
  readonly conflicts: number;
  /** Passed over: another process of this consumer has handled them meanwhile. */
  readonly passed: number;
}

/** Throws what `handle` rejects with, `bus/*`, and as `append`. */
export async function subscribe(workspace: Workspace, request: SubscribeRequest): Promise<Subscribed> {
  const { repository, backend } = workspace;
  const { topic, consumer: name, from, follow, stop, fetchMs } = request;
  // A remote tells of nothing: it is looked at.
  const within = fetchMs === undefined ? {} : { within: fetchMs };
  const prefixes = [`refs/gatos/mbus/${topic}/`];
  const watch = follow ? watchRefs(backend.commonDir, { prefixes, signal: stop }) : null;
  try {
    const news = new News(workspace, request);
    await news.bring();
    const consumer = await openConsumer(repository.ports, {
      ...(await repository.writer()),
      topic,
      consumer: name,
      from,
    });
    const run = new Subscription(consumer, request);
    for (;;) {
      if (await run.drain()) return run.totals;
      if (watch === null || stop.aborted || !(await watch.next(within))) return run.totals;
      await news.bring();
    }
  } finally {
    watch?.dispose();
  }
}

/** What is new on the remote. */
class News {
  #first = true;
  #reached = true;

  constructor(
    private readonly workspace: Workspace,
    private readonly request: SubscribeRequest,
  ) {}

  async bring(): Promise<void> {
    const { topic, fetchMs, onUnreachable } = this.request;
    if (fetchMs === undefined) return;
    try {
      await this.workspace.refresh(refsOfTopic(topic));
      this.#reached = true;
    } catch (error) {
      if (this.#first || !isGatosError(error, 'remote/unreachable') || !(error instanceof GatosError)) throw error;
      if (this.#reached) onUnreachable?.(error);
      this.#reached = false;
    }
    this.#first = false;
  }
}

/** Milliseconds after which what was handled is acknowledged, while more is at hand. */
const ACK_MS = 500;

class Subscription {
  readonly totals = { handled: 0, duplicates: 0, conflicts: 0, passed: 0 };
  /** Up to where all is handled, and not yet acknowledged. */
  #due: Offset | null = null;
  #settled = performance.now();

  constructor(
    private readonly consumer: Consumer,
    private readonly request: SubscribeRequest,
  ) {}

  /** Handles what is there; true when it is enough. Portions that were handled are acknowledged now and then, and at the end. */
  async drain(): Promise<boolean> {
    try {
      for await (const delivery of this.consumer.deliveries({})) {
        const { duplicates, conflicts, skipped } = delivery;
        if (duplicates.length + conflicts.length + skipped.length > 0) this.request.onSkipped?.(delivery);
        this.totals.duplicates += duplicates.length;
        this.totals.conflicts += conflicts.length;
        if (await this.#handle(delivery)) return true;
        this.#due = delivery.offset;
        if (performance.now() - this.#settled >= ACK_MS) await this.#settle();
      }
      return this.request.stop.aborted;
    } finally {
      await this.#settle();
    }
  }

  async #settle(): Promise<void> {
    const due = this.#due;
    this.#due = null;
    if (due !== null) await this.#ack(due);
    this.#settled = performance.now();
  }

  async #ack(offset: Offset): Promise<void> {
    this.request.flush?.();
    await this.consumer.ack(offset);
  }

  async #handle({ messages }: Delivery): Promise<boolean> {
    const { handle, limit = Number.POSITIVE_INFINITY, ackEach, stop } = this.request;
    for (const [i, message] of messages.entries()) {
      if (this.consumer.hasPassed(message)) {
        this.totals.passed += 1;
        continue;
      }
      const isEnough = this.totals.handled >= limit || stop.aborted;
      const answer = isEnough ? false : handle(message);
      // Thousands that are done at once need not wait for their turn.
      if ((answer instanceof Promise ? await answer : answer) === false) {
        this.#due = messages[i - 1] ?? this.#due;
        return true;
      }
      this.totals.handled += 1;
      if (ackEach) await this.#ack(message);
    }
    if (this.totals.handled < limit) return false;
    this.#due = messages.at(-1) ?? this.#due;
    return true;
  }
}
