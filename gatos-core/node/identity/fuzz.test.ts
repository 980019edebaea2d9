import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseActor, parseDsse, parseFingerprint, parseSshKey } from '../../src/identity/index.js';
import { concatBytes, GatosError, utf8 } from '../../src/kernel/index.js';
import { decodeIdentities, decodeSignature } from './agent-protocol.js';
import { parseOpensshKey } from './openssh-key.js';
import { parseOwnKey } from './own-key.js';
import { secretKeySigner } from './secret-key.js';
import { ReplyBuffer } from './ssh-agent.js';
import { encodeUint32, encodeWireString } from './ssh-wire.js';

/** Whatever the bytes: a value or a typed fault, in bounded time. `GATOS_SEED` and `GATOS_FUZZ_RUNS` make other and longer runs. */
const SEED = Number(process.env.GATOS_SEED ?? 20_256);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 2000);
const options = { seed: SEED, numRuns: RUNS };

interface FileVector {
  readonly input: { readonly file: string; readonly passphrase: string | null };
}
const files = (name: string): readonly string[] => {
  const list: readonly FileVector[] = JSON.parse(
    readFileSync(new URL(`../../../conformance/vectors/identity/${name}`, import.meta.url), 'utf8'),
  );
  return list.map(({ input }) => input.file);
};

/** Real input with some bytes changed, dropped, doubled or replaced by noise. */
function altered(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({ at: fc.nat(2000), drop: fc.nat(6), add: fc.uint8Array({ maxLength: 6 }) });
  return fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 3 })).map(([seed, edits]) =>
    edits.reduce((bytes, { at, drop, add }) => {
      const from = at % (bytes.length + 1);
      return concatBytes([bytes.subarray(0, from), add, bytes.subarray(Math.min(bytes.length, from + drop))]);
    }, seed),
  );
}

interface Tally {
  values: number;
  faults: number;
}

function tolerate(error: unknown, tally: Tally): void {
  if (!(error instanceof GatosError)) throw error;
  tally.faults++;
}

async function fuzz(inputs: fc.Arbitrary<Uint8Array>, body: (bytes: Uint8Array) => unknown): Promise<Tally> {
  const tally: Tally = { values: 0, faults: 0 };
  await fc.assert(
    fc.asyncProperty(inputs, async (bytes) => {
      try {
        await body(bytes);
        tally.values++;
      } catch (error) {
        tolerate(error, tally);
      }
    }),
    options,
  );
  return tally;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const wrong = async (): Promise<string> => 'no';

describe(`fuzz (seed ${SEED}, ${RUNS} runs each)`, () => {
  it('a canary: an untyped fault does get out', async () => {
    await expect(
      fuzz(fc.uint8Array(), (bytes) => (bytes[0] as number) > 3 && (null as unknown as { x: number }).x),
    ).rejects.toThrow();
  });

  it('own key files', async () => {
    // scrypt is slow on purpose, so sealed seeds are only parsed.
    const seeds = files('key-files.json').map((file) => utf8(file));
    const tally = await fuzz(fc.oneof({ weight: 5, arbitrary: altered(seeds) }, fc.uint8Array()), async (bytes) => {
      const own = parseOwnKey(bytes, 'k');
      if (!own.sealed) secretKeySigner(await own.open(wrong), 'k');
    });
    expect(tally.faults).toBeGreaterThan(RUNS / 2);
    expect(tally.values).toBeGreaterThan(0);
  });

  const opensshFiles = files('openssh-keys.json');
  /** Opening a sealed key costs rounds of bcrypt whatever its bytes, so those are only parsed. */
  const openClear = async (text: string): Promise<void> => {
    const key = parseOpensshKey(text, 'k');
    if (!key.sealed) secretKeySigner(await key.open(wrong), 'k');
  };

  it('OpenSSH private keys, in their armour', async () => {
    const inputs = fc.oneof({ weight: 5, arbitrary: altered(opensshFiles.map((file) => utf8(file))) }, fc.uint8Array());
    const tally = await fuzz(inputs, (bytes) => openClear(latin1(bytes)));
    expect(tally.faults).toBeGreaterThan(RUNS / 2);
  });

  it('OpenSSH private keys, below their armour', async () => {
    const bodies = opensshFiles.map((file) => Buffer.from(file.split('\n').slice(1, -2).join(''), 'base64'));
    const magic = utf8('openssh-key-v1\0');
    const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => concatBytes([magic, bytes]));
    const tally = await fuzz(fc.oneof({ weight: 5, arbitrary: altered(bodies) }, noise), (bytes) => {
      const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from(bytes).toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
      return openClear(text);
    });
    expect(tally.faults).toBeGreaterThan(RUNS / 2);
    expect(tally.values).toBeGreaterThan(0);
  });

  it('the body of an agent reply', async () => {
    const fault = (why: string): Error =>
      new GatosError({ kind: 'input', code: 'test/fault', data: {}, exit: 1, message: why });
    const key = concatBytes([encodeWireString(utf8('ssh-ed25519')), encodeWireString(new Uint8Array(32))]);
    const list = concatBytes([
      new Uint8Array([12]),
      encodeUint32(2),
      ...[1, 2].flatMap(() => [encodeWireString(key), encodeWireString(utf8('c'))]),
    ]);
    const signature = concatBytes([encodeWireString(utf8('ssh-ed25519')), encodeWireString(new Uint8Array(64))]);
    const seeds = [list, concatBytes([new Uint8Array([14]), encodeWireString(signature)]), new Uint8Array([5])];
    for (const decode of [decodeIdentities, decodeSignature]) {
      const tally = await fuzz(fc.oneof({ weight: 5, arbitrary: altered(seeds) }, fc.uint8Array()), (bytes) =>
        decode(bytes, fault),
      );
      expect(tally.faults).toBeGreaterThan(RUNS / 2);
      expect(tally.values).toBeGreaterThan(0);
    }
  });

  it('an agent reply in pieces', async () => {
    const fault = (why: string): Error =>
      new GatosError({ kind: 'input', code: 'test/fault', data: {}, exit: 1, message: why });
    const body = fc.uint8Array({ minLength: 1, maxLength: 300 });
    await fc.assert(
      fc.property(body, fc.array(fc.nat(300)), fc.uint8Array({ maxLength: 3 }), (bytes, cuts, extra) => {
        const stream = concatBytes([encodeWireString(bytes), extra]);
        const edges = [...cuts.map((cut) => cut % stream.length), 0, stream.length].sort((a, b) => a - b);
        const reply = new ReplyBuffer(fault);
        const got: Uint8Array[] = [];
        const feed = (): void => {
          for (let i = 1; i < edges.length; i++) {
            const done = reply.add(stream.subarray(edges[i - 1], edges[i]));
            if (done !== null) got.push(Uint8Array.from(done));
            // The client stops listening at the first answer.
            if (done !== null) return;
          }
        };
        if (extra.length === 0) {
          feed();
          expect(got).toEqual([bytes]);
        } else {
          try {
            feed();
            expect(got).toEqual([bytes]);
          } catch (error) {
            expect(error).toMatchObject({ code: 'test/fault' });
          }
        }
      }),
      options,
    );
  });

  it('texts', async () => {
    const texts = [
      'user:alice',
      'SHA256:GS4zJHBWKBLtwYPZ1Hq8xOJ7Uo0nK1m9XQ1xV0q8Qbc',
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== me',
      '{"payload":"AA==","payloadType":"","signatures":[]}',
    ];
    for (const parse of [parseActor, parseFingerprint, parseDsse, (text: string) => parseSshKey(text, 'k')]) {
      const tally = await fuzz(altered(texts.map((text) => utf8(text))), (bytes) => parse(latin1(bytes)));
      expect(tally.faults).toBeGreaterThan(RUNS / 2);
    }
  });
});
