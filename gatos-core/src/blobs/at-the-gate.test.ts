/** Blobs at the gate: what does not hold is refused with the rule and the way to pass, and what is missing is not called false. */
import { describe, expect, it } from 'vitest';
import { chunkedBlob, testBytes } from '../../testing/blob-world.js';
import { JobsWorld, WORKER } from '../../testing/jobs-world.js';
import { append, draftIndexed, type IndexedGroup } from '../chain/index.js';
import { BLOB_REF, decodeStruct, encodeStruct } from '../mythos/index.js';
import { requestBy } from '../trust/index.js';
import {
  BLOB_RULE,
  blobChain,
  draftBlob,
  MANIFEST_KIND,
  NODE_KIND,
  PINNED_KIND,
  pinBlob,
  recordBlob,
  removeBlob,
} from './index.js';

const BLOB = chunkedBlob(testBytes(3 * 4096 + 5), 4096);
const { cid, manifest, nodes } = draftBlob(BLOB);
const chain = blobChain(cid);
type Group = IndexedGroup<unknown>;
const one = (kind: unknown, body: unknown): Group => ({ kind, records: [{ body, expected: null }] }) as Group;

async function force(world: JobsWorld, groups: readonly Group[]): Promise<void> {
  const place = { chain, rule: BLOB_RULE };
  const { backend } = world;
  const prepare: Parameters<typeof requestBy>[1]['prepare'] = async (head) =>
    (await draftIndexed(backend, { chain, head }, groups)).drafts;
  await append(world.ports, requestBy(await world.as(WORKER), { ...place, prepare }));
}

describe('a push of blobs', () => {
  it('passes as verbs write it: a blob, a pin, its end, a removal', async () => {
    const world = await JobsWorld.open();
    const writer = await world.as(WORKER);
    await recordBlob(world.ports, writer, BLOB);
    await pinBlob(world.ports, writer, { cid, until: 1, why: '' });
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
    await world.accept();
    await removeBlob(world.ports, writer, { cid, reason: 'old' });
    expect(await world.judge()).toMatchObject({ verdict: 'allow' });
  });

  const bad = {
    ...manifest,
    plain_size: manifest.plain_size - 1,
    ref: encodeStruct(BLOB_REF, { ...decodeStruct(BLOB_REF, manifest.ref), size: BigInt(manifest.plain_size - 1) }),
  };
  it.each<readonly [string, readonly Group[], string, RegExp]>([
    [
      'a manifest that its tree contradicts',
      [one(NODE_KIND, { cid, node: nodes[0] }), one(MANIFEST_KIND, bad)],
      'gate/blob',
      /is not what its manifest says/,
    ],
    ['a manifest without its tree', [one(MANIFEST_KIND, manifest)], 'gate/could-not-check', /not there|missing/],
    [
      'a pin in the name of somebody else',
      [one(PINNED_KIND, { cid, who: 'user:nobody', until: null, why: '', replaces: null })],
      'gate/blob',
      /cannot pin or unpin in the name of/,
    ],
  ])('%s is refused', async (_, groups, rule, words) => {
    const world = await JobsWorld.open();
    await force(world, groups);
    const judgement = await world.judge();
    expect(judgement.verdict).toBe('deny');
    expect(judgement.refusals.map((refusal) => refusal.rule)).toEqual([rule]);
    expect(judgement.refusals.flatMap(({ why }) => why).join('\n')).toMatch(words);
    expect(judgement.refusals[0]?.pass.length).toBeGreaterThan(0);
  });
});
