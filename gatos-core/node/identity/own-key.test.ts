import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex, parseHex } from '../../src/codec/index.js';
import { GatosError, LIMITS, utf8 } from '../../src/kernel/index.js';
import { formatOwnKey, parseOwnKey } from './own-key.js';
import { costFault } from './sealed-secret.js';
import { secretKeySigner } from './secret-key.js';

const SEED = 20_255;
const COST = { N: 1024, r: 8, p: 1 };

interface FileVector {
  readonly id: string;
  readonly input: { readonly file: string; readonly passphrase: string | null; readonly message: string };
  readonly want?: { readonly key: string; readonly signature: string };
  readonly wantError?: string;
}

const list: readonly FileVector[] = JSON.parse(
  readFileSync(new URL('../../../conformance/vectors/identity/key-files.json', import.meta.url), 'utf8'),
);

async function faultOf(body: () => unknown): Promise<GatosError> {
  try {
    await body();
  } catch (error) {
    if (error instanceof GatosError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const answer = (passphrase: string | null) => async (): Promise<string> => passphrase ?? '';

describe('golden vectors', () => {
  it.each(list.filter(({ want }) => want !== undefined))('$id signs', async ({ input, want }) => {
    const signer = secretKeySigner(
      await parseOwnKey(utf8(input.file), 'k.json').open(answer(input.passphrase)),
      'k.json',
    );
    expect(formatHex(signer.key)).toBe(want?.key);
    expect(formatHex(await signer.sign(parseHex(input.message)))).toBe(want?.signature);
  });

  // `passphrase-required` is the loader's: see load-signer.test.ts.
  const refused = list.filter(
    ({ wantError }) => wantError !== undefined && wantError !== 'identity/passphrase-required',
  );
  it.each(refused)('$id is refused: $wantError', async ({ input, wantError }) => {
    const fault = await faultOf(async () =>
      secretKeySigner(await parseOwnKey(utf8(input.file), 'k.json').open(answer(input.passphrase)), 'k.json'),
    );
    expect(fault.code).toBe(wantError);
    // Nothing of the file, least of all its secret, may reach a log.
    const shown = `${inspect(fault, { depth: 10 })}${JSON.stringify(fault)}`;
    const secret = /"secret": "([^"]{10,})"/.exec(input.file)?.[1];
    if (secret !== undefined) expect(shown).not.toContain(secret.slice(0, 12));
    if (input.passphrase !== null && input.passphrase.length > 5) expect(shown).not.toContain(input.passphrase);
  });

  it('are all there', () => {
    expect(list).toHaveLength(29);
  });
});

describe('writing', () => {
  const seed = (): Uint8Array => new Uint8Array(32).fill(3);
  const key = parseHex('2a5e5f0c9f9a6a9f8f0e31ad5d9ae8d8bb6e8b3bb7a3d0b6e4b9a2b1d9ab9df0');

  it(`reads back what it wrote, with any passphrase (seed ${SEED})`, async () => {
    const passphrase = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(passphrase, async (text) => {
        const file = utf8(await formatOwnKey({ key, seed: seed(), seal: { passphrase: text, cost: COST } }));
        const own = parseOwnKey(file, 'k.json');
        expect(own.sealed).toBe(true);
        expect((await own.open(async () => text)).seed).toEqual(seed());
        expect((await faultOf(() => own.open(async () => `${text} `))).code).toBe('identity/passphrase-wrong');
      }),
      { seed: SEED, numRuns: 15 },
    );
  });

  it('never uses salt or vector twice', async () => {
    const files = await Promise.all(
      [1, 2].map(() => formatOwnKey({ key, seed: seed(), seal: { passphrase: 'x', cost: COST } })),
    );
    const [a, b] = files.map((file) => JSON.parse(file).encrypted);
    expect(a.salt).not.toBe(b.salt);
    expect(a.iv).not.toBe(b.iv);
  });

  it('asks for no passphrase where there is none', async () => {
    const own = parseOwnKey(utf8(await formatOwnKey({ key, seed: seed() })), 'k.json');
    const pair = await own.open(() => {
      throw new Error('asked');
    });
    expect(pair).toEqual({ key, seed: seed() });
  });

  it.each(['', 'x'.repeat(LIMITS.passphraseBytes + 1)])(
    'refuses a passphrase of a length out of bounds',
    async (passphrase) => {
      const fault = await faultOf(() => formatOwnKey({ key, seed: seed(), seal: { passphrase, cost: COST } }));
      expect(fault.code).toBe('identity/passphrase-length');
    },
  );
});

describe('cost of a foreign file', () => {
  it.each([
    [{ N: 2 ** 20, r: 1, p: 1 }, true],
    [{ N: 2 ** 17, r: 8, p: 4 }, true],
    [{ N: 2 ** 18, r: 8, p: 1 }, false],
    [{ N: 2, r: 2 ** 30, p: 1 }, false],
    [{ N: 2 ** 17, r: 8, p: 5 }, false],
    [{ N: 0, r: 8, p: 1 }, false],
    [{ N: 3, r: 8, p: 1 }, false],
    [{ N: 2, r: 0, p: 1 }, false],
    [{ N: 2, r: 1, p: 0 }, false],
  ])('%j: %s', (cost, accepted) => {
    expect(costFault(cost) === null).toBe(accepted);
  });
});

describe('a pair that does not belong together', () => {
  it('is refused before it signs, and its seed is wiped', async () => {
    const pair = { key: new Uint8Array(32).fill(1), seed: new Uint8Array(32).fill(2) };
    expect((await faultOf(() => secretKeySigner(pair, 'k.json'))).code).toBe('identity/key-mismatch');
    expect(pair.seed).toEqual(new Uint8Array(32));
  });
});
