/** An id of the repository, explained: where it stands, what it is, and which checks hold. */
import { type Attachment, type ChainEntry, type Repository as Core, RULES, recordBody, ruleFor } from 'gatos-core';
import { factsSince } from './blobs.js';
import { chunkFacts } from './chunks.js';
import { inspectError } from './errors.js';
import type { Explained } from './explained.js';
import { checksOfChain, findAll, type Hit } from './find.js';
import { explainEntry, explainPlaced } from './record.js';

export interface Identified {
  readonly explained: Explained;
  /** The bytes that were explained, for `--raw`. */
  readonly bytes: Uint8Array;
}

const HOW: Readonly<Record<Hit['way'], string>> = {
  ref: 'the newest envelope of this chain',
  commit: 'the envelope in this commit',
  itself: 'the record of the object with this id',
  key: 'the newest record under this id',
  record: 'the record with this CID',
  envelope: 'the envelope with this CID',
  object: 'the record that holds the object with this id',
  name: 'the chain that is named after it',
  mention: 'the newest record that names it',
};

/** Others that are told. */
const SHOWN_HITS = 10;

/** Throws `inspect/nothing`, and as reading the chains. */
export async function explainId(repository: Core, id: string, signal: AbortSignal): Promise<Identified> {
  const hits = await findAll(repository, id, { signal });
  const [first, ...others] = hits;
  if (first === undefined) throw inspectError('nothing', { id });
  const { entry, index, way } = first;
  const checks = await checksOfChain(repository, entry.envelope.chain, { signal });
  const explained =
    index === undefined
      ? explainEntry({ entry, attachments: attachmentsOf(entry), checks })
      : explainPlaced({ entry, index, checks });
  const digest = id.toLowerCase();
  // Of the digest of a chunk the leaf is shown, which may name a thousand.
  const places = way === 'mention' ? await chunkFacts(repository, { digest, hits, signal }) : [];
  const since = way === 'itself' ? await factsSince(repository, { placed: first, signal }) : [];
  const also = [
    ...others.slice(0, SHOWN_HITS).map((hit) => `also: ${placeOf(hit)}`),
    ...(others.length > SHOWN_HITS ? [`and ${others.length - SHOWN_HITS} more`] : []),
    ...(explained.also ?? []),
  ];
  return {
    explained: {
      ...explained,
      facts: [['found', `${HOW[way]}`], ...places, ...since, ...(explained.facts ?? [])],
      also,
    },
    bytes: entry.envelope.bytes,
  };
}

function placeOf({ entry: { envelope, oid }, index, way }: Hit): string {
  const where = index === undefined ? `envelope ${envelope.cid}` : `record ${envelope.seq + index}`;
  return `${way === 'mention' ? 'named by ' : ''}${envelope.kind} on \`${envelope.chain}\`, ${where}, commit ${oid.slice(0, 12)}`;
}

/** What the records of an envelope list. */
function attachmentsOf({ envelope }: ChainEntry): readonly Attachment[] {
  const kind = ruleFor(RULES, envelope.chain)?.kinds.find((each) => each.kind === envelope.kind);
  if (kind?.attachments === undefined) return [];
  const found: Attachment[] = [];
  for (let i = 0; i < envelope.count; i++) found.push(...kind.attachments(recordBody(envelope, i, kind)));
  return found;
}
