/** Receipts as MYTHOS-CAN against `@ipld/dag-cbor` on the same objects: encoding them, and decoding them with every check. */
import { createHash } from 'node:crypto';
import { decodeStruct, encodeStruct, RECEIPT, sealStruct } from 'gatos-core/mythos';
import { makeSigner } from '../lab.mjs';
import { paired, perSecond, seconds } from '../measure.mjs';

const DISTINCT = 500;

const named = (name) => new Uint8Array(createHash('sha256').update(name).digest());

async function receipts() {
  const signer = makeSigner();
  const out = [];
  for (let i = 0; i < DISTINCT; i++)
    out.push(
      await sealStruct(
        RECEIPT,
        {
          tool_id: named('tool'),
          request_hash: named(`request ${i}`),
          response_hash: named(`response ${i}`),
          idempotency_key: named(`key ${i}`),
          signer: { scheme: 1, key: signer.key },
          time_observed: 1_795_176_000_000_000n + BigInt(i),
          status: i % 50 === 0 ? 503 : 200,
        },
        signer,
      ),
    );
  return out;
}

const repeat = (items, rounds, work) => () =>
  seconds(() => {
    for (let round = 0; round < rounds; round++) for (const item of items) work(item);
  });

/** Two rows: encode and decode. A number stands for the time in the peer's objects, which is quicker for it than a bigint. */
export async function canReceipts({ runs = 9 } = {}) {
  const peer = await import('@ipld/dag-cbor');
  const objects = await receipts();
  const plain = objects.map((receipt) => ({ ...receipt, time_observed: Number(receipt.time_observed) }));
  const bytes = objects.map((receipt) => encodeStruct(RECEIPT, receipt));
  const theirs = plain.map((receipt) => peer.encode(receipt));
  const rounds = runs === 1 ? 4 : 100;
  const count = DISTINCT * rounds;
  const row = async (verb, ours, limit) => {
    const result = await paired({ ours, limit, runs, warmup: 3 });
    return {
      name: `receipts: ${verb}`,
      ours: `${perSecond(count, result.ours)} of ${bytes[0].length} bytes`,
      limit: `@ipld/dag-cbor ${perSecond(count, result.limit)} of ${theirs[0].length} bytes`,
      ratio: result.ratio,
      target: 2,
      met: result.ratio >= 2,
    };
  };
  return [
    await row(
      'encode',
      repeat(objects, rounds, (receipt) => encodeStruct(RECEIPT, receipt)),
      repeat(plain, rounds, (receipt) => peer.encode(receipt)),
    ),
    await row(
      'decode',
      repeat(bytes, rounds, (each) => decodeStruct(RECEIPT, each)),
      repeat(theirs, rounds, (each) => peer.decode(each)),
    ),
  ];
}
