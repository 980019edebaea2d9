/** The baseline codebook of MYTHOS-X (RFC-MYTHOS-0001 appendix B), and its id, which every packet states. */
import { sha256 } from '#hash';
import { CAN_TAG, CanWriter, formatHex } from '../../codec/index.js';
import { bytesEqual } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { SCOPE_KIND } from '../structs/capability.js';
import { CODEBOOK_ENTRY, type CodebookEntry } from '../structs/core.js';
import { OPCODE } from '../structs/ir.js';

/** First codewords and kinds of the ranges (B.2). */
const RANGES = {
  opcode: { from: 0x0100, kind: 1 },
  smallInt: { from: 0x0200, kind: 2 },
  fieldNumber: { from: 0x0300, kind: 3 },
  scopeKind: { from: 0x0400, kind: 4 },
} as const;

const BYTES = Array.from({ length: 256 }, (_, n) => n);

function entries(range: keyof typeof RANGES, values: readonly number[]): readonly CodebookEntry[] {
  const { from, kind } = RANGES[range];
  return values.map((value) => ({ codeword: from + value, kind, value_u64: BigInt(value) }));
}

const ascending = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/** The 541 entries, ascending by codeword: opcodes, small integers, field numbers, kinds of scopes. */
export function baselineCodebook(): readonly CodebookEntry[] {
  return [
    ...entries('opcode', ascending(Object.values(OPCODE))),
    ...entries('smallInt', BYTES),
    ...entries('fieldNumber', BYTES),
    ...entries('scopeKind', ascending(Object.values(SCOPE_KIND))),
  ];
}

/** Canonical bytes of a codebook: the list of its entries. */
export function encodeCodebook(codebook: readonly CodebookEntry[]): Uint8Array {
  const writer = new CanWriter();
  writer.head(CAN_TAG.list, codebook.length);
  for (const entry of codebook) CODEBOOK_ENTRY.field.write(writer, entry);
  return writer.take();
}

/** The id of a codebook, 32 bytes: SHA-256 of its canonical bytes (B.7). */
export function codebookId(codebook: readonly CodebookEntry[]): Uint8Array {
  return sha256(encodeCodebook(codebook));
}

let baseline: Uint8Array | undefined;

/** The id of the baseline codebook, 32 bytes. */
export function baselineCodebookId(): Uint8Array {
  baseline ??= codebookId(baselineCodebook());
  return baseline.slice();
}

/** Refuses a codebook that is not the baseline: no other was ever negotiated. Throws `mythos/unknown-codebook`. */
export function checkCodebook(id: Uint8Array): void {
  if (!bytesEqual(id, baselineCodebookId())) throw mythosError('unknown-codebook', { id: formatHex(id) });
}
