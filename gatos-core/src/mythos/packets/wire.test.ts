import { beforeAll, describe, expect, it } from 'vitest';
import { loadWasmZstd, loadZstd, type Zstd } from '../../../node/zstd.js';
import { fuzzDecoder } from '../../../testing/fuzz-decoder.js';
import { named, sampleBundle, signerOf } from '../../../testing/mythos-samples.js';
import { codeOf, refusalOf } from '../../../testing/refusal.js';
import { storedZstd } from '../../../testing/stored-zstd.js';
import { formatHex } from '../../codec/index.js';
import { nobleEngine } from '../../identity/index.js';
import { bytesEqual, concatBytes, EMPTY_BYTES, EXIT, exitOfReport, LIMITS } from '../../kernel/index.js';
import {
  agentOf,
  CONST,
  decodePacket,
  ENCRYPT_REF,
  encodePacket,
  encodeStruct,
  type Framing,
  IR_BUNDLE,
  IR_BUNDLE_OF_PACK,
  judgePacket,
  PACKET_CODEC,
  PACKET_FLAG,
  packBundle,
  packetMessage,
  packetPlain,
  readBundle,
  signPacket,
  verifyPacket,
  zstdContentSize,
} from '../index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20260505);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 3000);
const engine = nobleEngine();
const FRAMINGS: readonly Framing[] = ['spec', 'ctvp'];
const alice = signerOf('alice');
const bob = signerOf('bob');
const isAlice = ({ key }: { key: Uint8Array }) => bytesEqual(key, alice.key);

let zstd: Zstd;
beforeAll(async () => {
  zstd = await loadWasmZstd();
});

const unsigned = [{ signer: agentOf(alice.key), sig_alg: 1, sig_bytes: EMPTY_BYTES }];

describe.each(FRAMINGS)('packets of the framing %s', (framing) => {
  const parts = () => packBundle(sampleBundle(), { framing });

  it('come back, plain and compressed', async () => {
    for (const each of [parts(), packBundle(sampleBundle(), { framing, zstd })]) {
      const bytes = await signPacket(each, [alice, bob]);
      const packet = decodePacket(bytes, { framing });
      expect(packet).toMatchObject({ framing, codec: each.codec, flags: 0 });
      expect(encodePacket(packet, packet.signatures)).toEqual(bytes);
      expect(readBundle(packet, { zstd })).toEqual(sampleBundle());
      expect(verifyPacket(packet, { engine, isTrusted: isAlice }).outcome).toBe('pass');
    }
  });

  it('are signed over their bytes as the framing has it', async () => {
    const packet = decodePacket(await signPacket(parts(), [alice]), { framing });
    expect(packet.signed).toEqual(packetMessage(parts()));
    expect(packet.signed.length).toBe(framing === 'ctvp' ? 32 : 9 + 42 + 4 + packet.payload.length);
  });

  it('fail when any byte of them is changed', async () => {
    const bytes = await signPacket(parts(), [alice]);
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 1;
      let outcome = 'refused';
      try {
        const packet = decodePacket(changed, { framing });
        outcome = verifyPacket(packet, { engine, isTrusted: isAlice }).outcome;
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^mythos\//);
      }
      expect(outcome, `byte ${at}`).not.toBe('pass');
    }
  });

  it('are never taken for those of the other framing', async () => {
    const other = framing === 'spec' ? 'ctvp' : 'spec';
    const bytes = await signPacket(parts(), [alice]);
    expect(codeOf(() => decodePacket(bytes, { framing: other }))).toBe('mythos/packet');
  });

  it(`of noise are refused, or read as what they are (seed ${SEED})`, async () => {
    const corpus = [await signPacket(parts(), [alice]), encodePacket(parts(), unsigned)];
    const { values, faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (bytes) => {
      const packet = decodePacket(bytes, { framing });
      // One packet has one spelling.
      expect(formatHex(encodePacket(packet, packet.signatures))).toBe(formatHex(bytes));
      readBundle(packet, { zstd });
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
  });
});

describe('signatures of packets', () => {
  const framing = 'spec';
  const parts = packBundle(sampleBundle(), { framing });

  it('an empty one is unsigned: unknown by itself, and a failure where somebody has to be trusted', () => {
    const packet = decodePacket(encodePacket(parts, unsigned), { framing });
    expect(judgePacket(packet, { engine }).map(({ verdict }) => verdict)).toEqual(['unsigned']);
    expect(verifyPacket(packet, { engine })).toMatchObject({
      outcome: 'unknown',
      checks: [{ code: 'mythos/unsigned' }],
    });
    const asked = verifyPacket(packet, { engine, isTrusted: () => true });
    expect(asked.outcome).toBe('fail');
    expect(asked.checks.map(({ code }) => code)).toEqual(['mythos/unsigned', 'mythos/untrusted-signer']);
    expect(exitOfReport(asked)).toBe(EXIT.absent);
  });

  it('all of them are verified: one that does not hold fails the packet', async () => {
    const good = { signer: agentOf(alice.key), sig_alg: 1, sig_bytes: await alice.sign(packetMessage(parts)) };
    const stolen = { ...good, signer: agentOf(bob.key) };
    const packet = decodePacket(encodePacket(parts, [good, stolen]), { framing });
    expect(judgePacket(packet, { engine }).map(({ verdict }) => verdict)).toEqual(['valid', 'invalid']);
    expect(verifyPacket(packet, { engine, isTrusted: isAlice }).outcome).toBe('fail');
  });

  it('of a scheme that nobody knows are unknown, and nobody is trusted by them', async () => {
    const odd = { signer: agentOf(alice.key), sig_alg: 7, sig_bytes: await alice.sign(packetMessage(parts)) };
    const packet = decodePacket(encodePacket(parts, [odd]), { framing });
    expect(judgePacket(packet, { engine })).toMatchObject([{ verdict: 'unsupported', alg: 7 }]);
    expect(verifyPacket(packet, { engine }).outcome).toBe('unknown');
    expect(verifyPacket(packet, { engine, isTrusted: isAlice }).outcome).toBe('fail');
  });

  it('of somebody who is not trusted do not help', async () => {
    const packet = decodePacket(await signPacket(parts, [bob]), { framing });
    const report = verifyPacket(packet, { engine, isTrusted: isAlice });
    expect(report.outcome).toBe('fail');
    expect(exitOfReport(report)).toBe(EXIT.untrusted);
  });

  it('of one packet say nothing about another', async () => {
    const other = packBundle({ ...sampleBundle(), tasks: { tasks: [] } }, { framing });
    const [entry] = decodePacket(await signPacket(other, [alice]), { framing }).signatures;
    const packet = decodePacket(encodePacket(parts, entry === undefined ? [] : [entry]), { framing });
    expect(judgePacket(packet, { engine })[0]?.verdict).toBe('invalid');
  });

  it('are bounded in number', () => {
    const many = Array.from({ length: LIMITS.packetSignatures + 1 }, () => unsigned[0] as (typeof unsigned)[0]);
    expect(codeOf(() => decodePacket(encodePacket(parts, many), { framing }))).toBe('mythos/packet');
  });
});

describe('the field table follows from the framing', () => {
  it('a text constant is field 5 in the specification and field 4 in the published pack', () => {
    const [spec, pack] = [IR_BUNDLE, IR_BUNDLE_OF_PACK].map((struct) => encodeStruct(struct, sampleBundle()));
    expect(spec).not.toEqual(pack);
    const text = { kind: 4, text: 'x' };
    expect(formatHex(encodeStruct(CONST, text))).toBe('0802030103040305060178');
    const crossed = (framing: Framing, payload: Uint8Array) => {
      const packet = decodePacket(encodePacket({ framing, codec: 1, payload }, unsigned), { framing });
      return codeOf(() => readBundle(packet));
    };
    expect(crossed('spec', pack as Uint8Array)).toBe('mythos/malformed');
    expect(crossed('ctvp', spec as Uint8Array)).toBe('mythos/malformed');
  });
});

describe('compressed payloads', () => {
  const framing = 'spec';
  const of = (payload: Uint8Array) =>
    decodePacket(encodePacket({ framing, codec: PACKET_CODEC.zstd, payload }, unsigned), { framing });
  const plain = encodeStruct(IR_BUNDLE, sampleBundle());

  it('are read with whatever made them: stored frames, WebAssembly, this Node', async () => {
    const native = await loadZstd();
    for (const payload of [storedZstd(plain), zstd.compress(plain, 1), native.compress(plain, 3)])
      for (const each of [zstd, native])
        expect(packetPlain(of(payload), { zstd: each })).toEqual(Uint8Array.from(plain));
  });

  it('need something that inflates them', () => {
    expect(codeOf(() => packetPlain(of(storedZstd(plain))))).toBe('mythos/no-zstd');
  });

  it('are refused by what they announce, before anything is inflated', () => {
    const bomb = zstd.compress(new Uint8Array(40 * 1024 * 1024), 1);
    expect(bomb.length).toBeLessThan(10_000);
    const never = { ...zstd, decompress: () => expect.unreachable('it was inflated') as never };
    expect(refusalOf(() => packetPlain(of(bomb), { zstd: never }))).toMatchObject({
      code: 'mythos/packet-too-large',
      data: { size: 40 * 1024 * 1024, limit: LIMITS.packetPlainBytes },
    });
    expect(codeOf(() => packetPlain(of(storedZstd(plain)), { zstd: never, maxBytes: 10 }))).toBe(
      'mythos/packet-too-large',
    );
  });

  it('are bounded when they announce nothing, or less than they hold', () => {
    const many = new Uint8Array(100_000);
    const frame = storedZstd(many);
    const silent = concatBytes([frame.subarray(0, 4), Uint8Array.of(0x00, 0x58), frame.subarray(9)]);
    expect(zstdContentSize(silent)).toBeUndefined();
    const fewer = frame.slice();
    new DataView(fewer.buffer).setUint32(5, 1000, true);
    for (const [payload, maxBytes] of [
      [silent, 5000],
      [fewer, 5000],
      [concatBytes([frame, frame]), 100_000],
      [concatBytes([frame, Uint8Array.of(1, 2, 3)]), 200_000],
      // Says that it needs dictionary 5.
      [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 5, 1, 1, 0, 0), 200_000],
    ] as const)
      expect(codeOf(() => packetPlain(of(payload), { zstd, maxBytes }))).toBe('mythos/packet-payload');
    expect(packetPlain(of(silent), { zstd, maxBytes: 200_000 })).toEqual(many);
  });

  it(`of noise are refused (seed ${SEED})`, async () => {
    const corpus = [storedZstd(plain), zstd.compress(plain, 3)];
    const isFault = (error: unknown) =>
      (error as { code?: unknown }).code === 'mythos/packet-payload' || isLimit(error);
    const isLimit = (error: unknown) => (error as { code?: unknown }).code === 'mythos/packet-too-large';
    const { faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS, isFault }, (bytes) => {
      packetPlain(of(bytes), { zstd, maxBytes: 1_000_000 });
    });
    expect(faults).toBeGreaterThan(0);
  });
});

describe('encrypted packets', () => {
  const framing = 'spec';
  const ref = { scheme: 2, key_handle: 'k', nonce: Uint8Array.of(1) };
  const encrypted = (payload: Uint8Array) =>
    encodePacket({ framing, codec: 1, flags: PACKET_FLAG.encrypted, payload }, unsigned);

  it('carry their descriptor, and nothing of them is read as a bundle', () => {
    const payload = concatBytes([encodeStruct(ENCRYPT_REF, ref), named('ciphertext')]);
    const packet = decodePacket(encrypted(payload), { framing });
    expect(packet.encryption).toEqual({ ref, ciphertext: named('ciphertext') });
    expect(codeOf(() => readBundle(packet))).toBe('mythos/packet-encrypted');
  });

  it('are refused without one', () => {
    for (const payload of [EMPTY_BYTES, named('ciphertext'), encodeStruct(IR_BUNDLE, sampleBundle()), Uint8Array.of(0)])
      expect(codeOf(() => decodePacket(encrypted(payload), { framing }))).toBe('mythos/packet');
  });
});

describe('bounds', () => {
  it('a payload that is not compressed is held against the limit, too', () => {
    const plain = encodeStruct(IR_BUNDLE, sampleBundle());
    const parts = { framing: 'spec', codec: PACKET_CODEC.can, payload: plain } as const;
    const packet = decodePacket(encodePacket(parts, unsigned), { framing: 'spec' });
    expect(packetPlain(packet, { maxBytes: plain.length })).toEqual(Uint8Array.from(plain));
    expect(codeOf(() => packetPlain(packet, { maxBytes: plain.length - 1 }))).toBe('mythos/packet-too-large');
  });

  it('a payload that is too large is not written', () => {
    const payload = new Uint8Array(LIMITS.packetPayloadBytes + 1);
    expect(codeOf(() => encodePacket({ framing: 'spec', codec: 1, payload }, unsigned))).toBe(
      'mythos/packet-too-large',
    );
  });
});
