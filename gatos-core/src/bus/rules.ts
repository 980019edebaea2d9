/** The refs of the bus. What stands behind one record alone is asked here; what takes the whole topic, in `verify.ts`. */
import { type Envelope, type RecordKind, type Rule, recordBody } from '../chain/index.js';
import { type GatosError, isGatosError } from '../kernel/index.js';
import { busError } from './errors.js';
import { isBusName, OFFSETS, parseSegment, SEGMENTS, SUMMARIES, summaryChain } from './names.js';
import { END_KIND, MESSAGE_KIND, OFFSET_KIND, SUMMARY_KIND, TOPIC_KIND } from './schema.js';

type Why = string | null;

function misplaced(chain: string, why: Why): GatosError | null {
  return why === null ? null : busError('misplaced', { chain, why });
}

/** What a body repeats of its place, for every record of this kind. What is no body of the kind is refused as such later. */
function everyBody<T>(envelope: Envelope, kind: RecordKind<T>, fault: (body: T) => Why): Why {
  if (envelope.kind !== kind.kind) return null;
  try {
    for (let i = 0; i < envelope.count; i++) {
      const why = fault(recordBody(envelope, i, kind));
      if (why !== null) return why;
    }
    return null;
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

function alone({ count, kind }: Envelope, wanted: string): Why {
  return kind === wanted && count !== 1 ? `it holds ${count} records` : null;
}

export const SEGMENT_RULE: Rule = {
  plane: 'bus',
  pattern: `${SEGMENTS}*/*/*/*/*`,
  movement: 'append-only',
  kinds: [MESSAGE_KIND, END_KIND],
  summary: 'messages of a topic, until they are pruned into a summary',
  pruned: (chain) => {
    const segment = parseSegment(chain);
    return segment === null ? null : summaryChain(segment.topic);
  },
  admit: (envelope, chain) =>
    misplaced(
      chain,
      parseSegment(chain) === null
        ? 'its name is not a topic, the day of a ulid and that ulid'
        : (alone(envelope, END_KIND.kind) ??
            (envelope.kind === END_KIND.kind && envelope.seq === 0 ? 'a segment does not start with its end' : null)),
    ),
};

export const OFFSETS_RULE: Rule = {
  plane: 'bus',
  pattern: `${OFFSETS}*/*`,
  movement: 'append-only',
  kinds: [OFFSET_KIND],
  summary: 'how far a consumer of a topic has come',
  admit: (envelope, chain) => {
    const [, topic = '', consumer = ''] = chain.split('/');
    if (!isBusName(topic) || !isBusName(consumer)) return misplaced(chain, 'it is not named after a consumer');
    const why = everyBody(envelope, OFFSET_KIND, (body) =>
      body.topic === topic && body.consumer === consumer ? null : `it is of \`${body.topic}/${body.consumer}\``,
    );
    return misplaced(chain, why);
  },
};

export const SUMMARY_RULE: Rule = {
  plane: 'bus',
  pattern: `${SUMMARIES}*`,
  movement: 'append-only',
  kinds: [TOPIC_KIND, SUMMARY_KIND],
  summary: 'where a topic starts, and summaries of what was pruned',
  admit: (envelope, chain) => {
    const topic = chain.slice(SUMMARIES.length);
    if (!isBusName(topic)) return misplaced(chain, 'it is not named after a topic');
    const named = (body: { readonly topic: string }): Why =>
      body.topic === topic ? null : `it is of topic \`${body.topic}\``;
    const isFirst = envelope.seq === 0;
    const order =
      isFirst === (envelope.kind === TOPIC_KIND.kind) ? null : 'a topic starts once, and before its summaries';
    return misplaced(
      chain,
      order ??
        alone(envelope, TOPIC_KIND.kind) ??
        everyBody(envelope, TOPIC_KIND, named) ??
        everyBody(envelope, SUMMARY_KIND, named),
    );
  },
};

export const BUS_RULES: readonly Rule[] = [SEGMENT_RULE, OFFSETS_RULE, SUMMARY_RULE];
