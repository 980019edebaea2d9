/** The part of the published pack that stands beside the checkout, never copied into it. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../codec/index.js';
import { nobleEngine } from '../identity/index.js';
import { baselineCodebook, baselineCodebookId, encodeCodebook, type PackReport, verifyPack } from './index.js';

const FOLDER = new URL('../../../../shared/vectors/mythos/', import.meta.url);
const isHere = existsSync(FOLDER);

const WHOLE = (path: string): Uint8Array | undefined => {
  const file = new URL(path, FOLDER);
  return existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined;
};

function verify(read: (path: string) => Uint8Array | undefined, suite?: string): Promise<PackReport> {
  return verifyPack({ source: { read: async (path) => read(path) }, engine: nobleEngine(), suite });
}

const told = ({ vectors }: PackReport): string =>
  vectors
    .flatMap(({ checks }) => checks.filter(({ outcome }) => outcome !== 'pass').map(({ detail }) => detail))
    .join('\n');

describe('the baseline codebook', () => {
  it('has the entries and the id that the design states', () => {
    const book = baselineCodebook();
    expect(book.length).toBe(541);
    expect(book.every(({ codeword }, i) => i === 0 || codeword > (book[i - 1]?.codeword ?? 0))).toBe(true);
    expect(formatHex(baselineCodebookId())).toBe('7ed509c74d47db2ebbb0608a8aa5135208ee8abec769473830c7449cfe9ec37a');
    const changed = baselineCodebookId();
    changed[0] = 0;
    expect(formatHex(baselineCodebookId())).toMatch(/^7e/);
  });
});

describe.skipIf(!isHere)('the published pack of MYTHOS v0.2', () => {
  it('passes: all seven vectors that are here', async () => {
    const report = await verify(WHOLE);
    expect(told(report)).toBe('');
    expect(report.vectors.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'CAN_001 pass',
      'CAN_002 pass',
      'CAN_003 pass',
      'MERKLE_001 pass',
      'RECEIPT_001 pass',
      'LEDGER_001 pass',
      'CODEBOOK_001 pass',
    ]);
    expect(report.outcome).toBe('pass');
  });

  it('is told where it leaves its specification', async () => {
    const { vectors } = await verify(WHOLE, 'ledger');
    expect(vectors.flatMap(({ remarks }) => remarks)).toEqual([
      'an EffectCommit names no signer: its signature was checked with the owner of the register',
      'the tool id is SHA-256 of the text `tool:echo`, not of a ToolDef',
    ]);
  });

  it('has the codebook that ours is, byte for byte', () => {
    expect(encodeCodebook(baselineCodebook())).toEqual(WHOLE('vectors/codebook/codebook_baseline_entries.bin'));
  });

  it.each([
    'vectors/can/hash_001.bin',
    'vectors/can/agentid_001.bin',
    'vectors/can/map_order_001.bin',
    'vectors/merkle/merklelist_001_leaf.bin',
    'vectors/receipts/receipt_001.bin',
    'vectors/ledger/ledger_001_register.bin',
    'vectors/ledger/ledger_001_commit.bin',
    'vectors/codebook/codebook_baseline_entries.bin',
  ])('fails when the last byte of %s is another, and names the file', async (path) => {
    const report = await verify((each) => {
      const bytes = WHOLE(each);
      if (bytes === undefined || each !== path) return bytes;
      const changed = bytes.slice();
      changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
      return changed;
    });
    expect(report.outcome).toBe('fail');
    expect(report.vectors.filter(({ outcome }) => outcome !== 'pass').length).toBe(1);
    expect(told(report)).toContain(`\`${path}\` has the SHA-256`);
  });

  it('fails by vector when a digest or an expected id is another', async () => {
    const path = 'vectors/receipts/receipt_001_id.hex';
    const report = await verify((each) => (each === path ? new TextEncoder().encode('00'.repeat(32)) : WHOLE(each)));
    expect(told(report)).toMatch(/`receipt_id` in `vectors\/receipts\/receipt_001_id.hex` is 0000/);
  });
});
