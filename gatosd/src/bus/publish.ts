/** Publishing many messages: portion after portion as they come, so that memory is bounded whatever is published. */
import {
  isGatosError,
  type LongCall,
  type NewMessage,
  openBus,
  type Published,
  publishMessages,
  type SegmentLimits,
} from 'gatos-core';
import type { Workspace } from '../workspace.js';
import { refsOfTopic } from './refs.js';

/** A message, and about how many bytes of memory it takes. */
export interface SizedMessage {
  readonly message: NewMessage;
  readonly bytes: number;
}

export interface PublishAllRequest extends LongCall {
  readonly topic: string;
  readonly messages: AsyncIterable<SizedMessage> | Iterable<SizedMessage>;
  /** How many there are, for whoever watches. */
  readonly total?: number | undefined;
  readonly limits?: SegmentLimits | undefined;
}

export interface PublishedAll {
  readonly messages: number;
  /** Of these stood there before, under the same key and with the same content. */
  readonly existed: number;
  /** Null: there were no messages. */
  readonly first: Published | null;
  readonly last: Published | null;
}

/** What one step makes visible, at most. */
const PORTION_MESSAGES = 10_000;
const PORTION_BYTES = 8 * 1024 * 1024;
/** At a remote others rotate segments: so often we look again. */
const TRIES = 8;

/**
 * Publishes messages, those of a portion all or none. When it is interrupted or fails, the portions before stand. Errors as
 * `publishMessages`, what the signal is aborted with, and with a remote `remote/*`.
 */
export async function publishAll(workspace: Workspace, request: PublishAllRequest): Promise<PublishedAll> {
  const { topic, messages, total, progress, signal } = request;
  const publisher = new Publisher(workspace, request);
  await workspace.refresh(refsOfTopic(topic));
  let portion: NewMessage[] = [];
  let bytes = 0;
  const flush = async () => {
    signal?.throwIfAborted();
    await publisher.publish(portion);
    progress?.({ task: `publish on ${topic}`, done: publisher.told.messages, total, unit: 'messages' });
    portion = [];
    bytes = 0;
  };
  for await (const { message, bytes: size } of messages) {
    portion.push(message);
    bytes += size;
    if (portion.length >= PORTION_MESSAGES || bytes >= PORTION_BYTES) await flush();
  }
  if (portion.length > 0) await flush();
  return publisher.told;
}

class Publisher {
  told: PublishedAll = { messages: 0, existed: 0, first: null, last: null };
  readonly #ports: ReturnType<typeof openBus>;

  constructor(
    private readonly workspace: Workspace,
    private readonly request: PublishAllRequest,
  ) {
    this.#ports = openBus(workspace.repository.ports);
  }

  async publish(messages: readonly NewMessage[]): Promise<void> {
    const published = await this.#tryOn(messages);
    const existed = published.filter(({ status }) => status === 'exists').length;
    const { told } = this;
    this.told = {
      messages: told.messages + published.length,
      existed: told.existed + existed,
      first: told.first ?? placed(published[0]),
      last: placed(published.at(-1)) ?? told.last,
    };
  }

  /** A remote that has gone on in another segment is followed there. */
  async #tryOn(messages: readonly NewMessage[]): Promise<readonly Published[]> {
    const { topic, limits } = this.request;
    const { repository, refresh } = this.workspace;
    for (let tries = 1; ; tries++) {
      try {
        return await publishMessages(this.#ports, { ...(await repository.writer()), topic, messages, limits });
      } catch (error) {
        if (tries === TRIES || !isGatosError(error, 'bus/no-successor')) throw error;
        await refresh(refsOfTopic(topic));
      }
    }
  }
}

/** Without the bytes that it was computed from. */
function placed(published: Published | undefined): Published | null {
  if (published === undefined) return null;
  const { status, cid, segment, seq } = published;
  return { status, cid, segment, seq };
}
