/** Proof files: small, checked without a repository, and worth nothing as soon as one byte is another. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine, nativeEngine } from '../../node/index.js';
import { bodyOf, FoldWorld } from '../../testing/fold-world.js';
import { decodeSigned, encodeSigned, recordBytes, recordCid } from '../chain/index.js';
import { Cid, decode, encode, formatKey, type Value } from '../codec/index.js';
import { nobleEngine, type SignatureEngine } from '../identity/index.js';
import { EVENT_KIND, journalHeads, readOrdered } from '../journal/index.js';
import { EXIT, exitOfReport, GatosError, LIMITS } from '../kernel/index.js';
import { inclusionProof, leafHash } from '../merkle/index.js';
import { InclusionPath } from './inclusion-path.js';
import {
  newestCheckpoint,
  type ProvedFact,
  proveEvent,
  proveKey,
  type StoredCheckpoint,
  verifyProofFile,
} from './index.js';

const SEED = 20261120;
const sandbox = await loadEngine();
const ALICE = 'user:alice';
const engine = nativeEngine();
const SOURCE = `export function fold(state, { payload }) {
  return { sum: (state.sum ?? 0) + payload.n, ['__proto__']: payload.n, list: [payload.n, 2 ** 60] };
}`;

let world: FoldWorld;
let checkpoint: StoredCheckpoint;
const events: Cid[] = [];

beforeAll(async () => {
  world = await FoldWorld.open({ sandbox, actors: [ALICE, 'user:bob'] });
  let n = 0;
  for (const size of [3, 1, 7, 2]) {
    const actor = n % 2 === 0 ? ALICE : 'user:bob';
    await world.emit(
      actor,
      Array.from({ length: size }, () => ({ payload: { n: n++ } })),
    );
  }
  await world.fold(world.bundle(SOURCE));
  checkpoint = await newestCheckpoint(world.backend, 'test');
  for await (const batch of readOrdered(world.backend, { heads: await journalHeads(world.backend, 'default') }))
    for (const { envelope } of batch)
      for (let i = 0; i < envelope.count; i++) events.push(recordCid(EVENT_KIND.kind, recordBytes(envelope, i)));
});

/** What a proof is said to show, or the code of the refusal to read it. */
async function verdict(bytes: Uint8Array, by: SignatureEngine = engine): Promise<ProvedFact | string> {
  try {
    return await verifyProofFile(by, bytes);
  } catch (error) {
    if (error instanceof GatosError) return error.code;
    throw error;
  }
}

type Fields = Record<string, Value>;
const changed = (bytes: Uint8Array, change: (fields: Fields) => Fields): Uint8Array =>
  encode(change({ ...(decode(bytes) as Fields) }));

describe('a proof of a key', () => {
  it.each([
    ['sum', 78],
    ['__proto__', 12],
    ['list', [12, 2 ** 60]],
  ])('shows the value of %s', async (key, value) => {
    const { report, fact } = await verifyProofFile(engine, await proveKey(world.backend, checkpoint, key));
    expect(report).toMatchObject({ outcome: 'pass', subject: 'state test' });
    expect(fact).toEqual({
      state: 'test',
      state_root: String(checkpoint.body.state_root),
      events: 13,
      actor: ALICE,
      repo: String((await world.trust()).repo),
      signers: [formatKey(world.signer(ALICE).key)],
      key,
      value,
    });
  });

  it('of a key that is not there is refused', async () => {
    for (const key of ['other', 'constructor', 'toString', ''])
      await expect(proveKey(world.backend, checkpoint, key)).rejects.toMatchObject({ code: 'fold/no-such-key' });
  });

  it('proves nothing about another key, value or state', async () => {
    const sum = await proveKey(world.backend, checkpoint, 'sum');
    const list = decode(await proveKey(world.backend, checkpoint, 'list')) as Fields;
    const forgeries: [string, Uint8Array][] = [
      ['another key', changed(sum, (proof) => ({ ...proof, key: 'list' }))],
      ['a key that is not there', changed(sum, (proof) => ({ ...proof, key: 'other' }))],
      ['another value', changed(sum, (proof) => ({ ...proof, block: encode(79) }))],
      ['the value of another key', changed(sum, (proof) => ({ ...proof, block: list.block as Value }))],
      [
        'another root',
        changed(sum, (proof) => ({ ...proof, root: encode({ sum: Cid.hash('dag-cbor', encode(79)) }) })),
      ],
    ];
    for (const [what, bytes] of forgeries) {
      const { report } = await verifyProofFile(engine, bytes);
      expect(report.outcome, what).toBe('fail');
      expect(
        report.checks.find(({ outcome }) => outcome === 'fail'),
        what,
      ).toMatchObject({ code: 'fold/proof-broken', exit: EXIT.mismatch });
    }
  });
});

describe('a proof of an event', () => {
  it('shows every event at its place', async () => {
    for (const [index, event] of events.entries()) {
      const { report, fact } = await verifyProofFile(engine, await proveEvent(world.backend, checkpoint, event));
      expect(report.outcome).toBe('pass');
      expect(fact).toMatchObject({
        event: String(event),
        index,
        events: 13,
        value: { type: 'e', payload: { n: index } },
      });
    }
  });

  it('holds only one path of hashes', async () => {
    const proof = decode(await proveEvent(world.backend, checkpoint, events[5] as Cid)) as { path: unknown[] };
    expect(proof.path).toHaveLength(4);
  });

  it('of an event that was not folded is refused', async () => {
    const late = await world.emit(ALICE, [{ payload: { n: 100 } }]);
    const cid = recordCid(EVENT_KIND.kind, recordBytes(late.envelope, 0));
    await expect(proveEvent(world.backend, checkpoint, cid)).rejects.toMatchObject({ code: 'fold/no-such-event' });
  });

  it('is refused when the journals are not what the checkpoint says', async () => {
    const other = await FoldWorld.open({ sandbox });
    await other.emit(ALICE, [{ payload: { n: 0 } }, { payload: { n: 1 } }]);
    await other.fold(other.bundle(SOURCE));
    const forged = await other.forge('test', { body: (body) => ({ ...body, history_root: new Uint8Array(32) }) });
    const stored = await newestCheckpoint(other.backend, 'test');
    expect(stored.entry.oid).toBe(forged.oid);
    const [first] = await firstEvents(other);
    await expect(proveEvent(other.backend, stored, first as Cid)).rejects.toMatchObject({ code: 'fold/proof-broken' });
  });

  it('proves nothing about another place or event', async () => {
    const proof = await proveEvent(world.backend, checkpoint, events[5] as Cid);
    const other = decode(await proveEvent(world.backend, checkpoint, events[6] as Cid)) as Fields;
    for (let index = 0; index < 20; index++) {
      if (index === 5) continue;
      expect(await verdict(changed(proof, (fields) => ({ ...fields, index })))).toMatchObject({
        report: { outcome: 'fail' },
      });
    }
    for (const field of ['event', 'path']) {
      const forged = changed(proof, (fields) => ({ ...fields, [field]: other[field] as Value }));
      expect(await verdict(forged), field).toMatchObject({ report: { outcome: 'fail' } });
    }
  });
});

async function firstEvents({ backend }: FoldWorld): Promise<Cid[]> {
  for await (const [first] of readOrdered(backend, { heads: await journalHeads(backend, 'default') }))
    if (first !== undefined) return [recordCid(EVENT_KIND.kind, recordBytes(first.envelope, 0))];
  return [];
}

describe('any proof', () => {
  it('with any byte altered does not show the same any more', { timeout: 60_000 }, async () => {
    for (const bytes of [
      await proveKey(world.backend, checkpoint, 'sum'),
      await proveEvent(world.backend, checkpoint, events[5] as Cid),
    ]) {
      const before = await verifyProofFile(engine, bytes);
      expect(before.report.outcome).toBe('pass');
      let refused = 0;
      for (let at = 0; at < bytes.length; at++) {
        for (const mask of [0x01, 0x80, 0xff]) {
          const altered = bytes.slice();
          altered[at] = (altered[at] as number) ^ mask;
          const after = await verdict(altered);
          expect(typeof after === 'string' || after.report.outcome === 'fail', `byte ${at} ^ ${mask}`).toBe(true);
          if (typeof after === 'string') refused += 1;
        }
      }
      expect(refused).toBeGreaterThan(bytes.length);
    }
  });

  it('cut off or followed by anything is no proof', async () => {
    const bytes = await proveKey(world.backend, checkpoint, 'sum');
    for (let length = 0; length < bytes.length; length += 7)
      expect(await verdict(bytes.subarray(0, length))).toMatch(/^codec\//);
    expect(await verdict(new Uint8Array([...bytes, 0]))).toMatch(/^codec\//);
  });

  it('says who did not sign', async () => {
    const bytes = await proveKey(world.backend, checkpoint, 'sum');
    const { envelope, signatures } = decodeSigned((decode(bytes) as { signed: Uint8Array }).signed);
    const signedBy = (given: typeof signatures) =>
      changed(bytes, (proof) => ({ ...proof, signed: encodeSigned({ envelope, signatures: given }) }));
    const unsigned = await verifyProofFile(engine, signedBy([]));
    expect(exitOfReport(unsigned.report)).toBe(EXIT.absent);
    const [own] = signatures;
    const bob = { key: world.signer('user:bob').key, sig: (own as { sig: Uint8Array }).sig };
    const foreign = await verifyProofFile(engine, signedBy([bob]));
    expect(exitOfReport(foreign.report)).toBe(EXIT.untrusted);
    expect(foreign.report.checks[0]?.detail).toContain(formatKey(bob.key));
    const both = [own as typeof bob, bob].toSorted((a, b) => (a.key[0] as number) - (b.key[0] as number));
    expect((await verifyProofFile(engine, signedBy(both))).report.outcome).toBe('fail');
  });

  it('has the same verdict from both engines', async () => {
    const bytes = await proveEvent(world.backend, checkpoint, events[0] as Cid);
    expect(await verdict(bytes, nobleEngine())).toEqual(await verdict(bytes, nativeEngine()));
  });

  it('carries a checkpoint, not something else that was signed', async () => {
    const bytes = await proveKey(world.backend, checkpoint, 'sum');
    const journal = await world.backend.refs.read('refs/gatos/journal/default/user-alice');
    const [entry] = await entriesOf(journal as string);
    const signed = encodeSigned({ envelope: entry?.envelope.bytes as Uint8Array, signatures: entry?.signatures ?? [] });
    expect(await verdict(changed(bytes, (proof) => ({ ...proof, signed })))).toBe('fold/proof-broken');
  });

  it('of another state than its chain is none', async () => {
    const other = await FoldWorld.open({ sandbox });
    await other.fold(other.bundle(SOURCE));
    const forged = await other.forge('test', { body: (body) => ({ ...body, name: 'elsewhere' }) });
    expect(bodyOf(forged).name).toBe('elsewhere');
    const signed = encodeSigned({ envelope: forged.envelope.bytes, signatures: [] });
    const bytes = await proveKey(world.backend, checkpoint, 'sum');
    expect(await verdict(changed(bytes, (proof) => ({ ...proof, signed })))).toBe('fold/proof-broken');
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a number', encode(1)],
    ['an empty map', encode({})],
    ['another version', encode({ v: 2, type: 'state-key' })],
    ['another type', encode({ v: 1, type: 'state-other' })],
    ['nested too deeply', new Uint8Array([...new Uint8Array(200).fill(0x81), 0xf6])],
    ['a count that is not there', Uint8Array.of(0xbb, 0, 0, 0, 1, 0, 0, 0, 0)],
  ])('is not %s', async (_what, bytes) => {
    expect(await verdict(bytes)).toMatch(/^codec\//);
  });

  it('of more bytes than any proof has is refused before it is read', async () => {
    const huge = new Uint8Array(3 * LIMITS.blockBytes);
    expect(await verdict(huge)).toBe('codec/too-large');
  });

  it(`with anything in the place of a field is refused or fails (seed ${SEED})`, async () => {
    const proofs = [
      await proveKey(world.backend, checkpoint, 'sum'),
      await proveEvent(world.backend, checkpoint, events[3] as Cid),
    ];
    const values: fc.Arbitrary<Value> = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 10 }),
      fc.nat(),
      fc.constant(null),
      fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(1), fc.nat(5), values, async (which, at, value) => {
        const proof = proofs[which] as Uint8Array;
        const fields = decode(proof) as Fields;
        const field = Object.keys(fields)[at % Object.keys(fields).length] as string;
        const bytes = encode({ ...fields, [field]: value });
        const after = await verdict(bytes);
        const same = bytes.length === proof.length && bytes.every((byte, i) => byte === proof[i]);
        expect(same || typeof after === 'string' || after.report.outcome === 'fail').toBe(true);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

async function entriesOf(head: string) {
  const { readChain } = await import('../chain/index.js');
  const entries = [];
  for await (const batch of readChain(world.backend, { head })) entries.push(...batch);
  return entries;
}

describe('the path of one leaf', () => {
  it('is the one that all leaves give, at every size and place', () => {
    const leaves = Array.from({ length: 70 }, (_, i) => Uint8Array.of(i));
    for (let size = 1; size <= leaves.length; size++) {
      const hashes = leaves.slice(0, size).map(leafHash);
      for (let index = 0; index < size; index++) {
        const tree = new InclusionPath();
        for (let i = 0; i < size; i++) tree.append(leaves[i] as Uint8Array, i === index);
        expect(tree.index).toBe(index);
        expect(tree.size).toBe(size);
        expect(tree.finish()).toEqual(inclusionProof(hashes, index));
      }
    }
  });

  it('is that of the first of several', () => {
    const tree = new InclusionPath();
    for (const n of [1, 2, 2, 3]) tree.append(Uint8Array.of(n), n === 2);
    expect(tree.index).toBe(1);
    expect(tree.finish()).toEqual(
      inclusionProof(
        [1, 2, 2, 3].map((n) => leafHash(Uint8Array.of(n))),
        1,
      ),
    );
  });
});
