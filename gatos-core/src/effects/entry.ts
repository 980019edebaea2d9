/** What stands of an idempotency id, with its objects opened; and finding it. */
import { sha256 } from '#hash';
import { type Indexed, lookupIndexed } from '../chain/index.js';
import { type Cid, decode, formatHex, type Value } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { bytesEqual, isGatosError } from '../kernel/index.js';
import {
  DIVERGENCE_MARK,
  type DivergenceMark,
  decodeStruct,
  EFFECT_COMMIT,
  EFFECT_REGISTER,
  type EffectCommit,
  type EffectRegister,
  RECEIPT,
  type Receipt,
  TOOL_DEF,
  type ToolDef,
} from '../mythos/index.js';
import type { Entry, EntryKindName, KeptMark, KeptResponse, LooseReceipt } from './entry-shape.js';
import { effectError } from './errors.js';
import { shardOf } from './names.js';
import { entryKindOf, RECEIPT_KIND } from './schema.js';

/** An outcome, opened. */
export interface Outcome {
  readonly receipt: Receipt;
  readonly commit: EffectCommit | null;
  readonly response: KeptResponse | null;
}

/** All that stands of an idempotency id. */
export interface Effect {
  /** CID of its newest record. */
  readonly cid: Cid;
  readonly kind: EntryKindName;
  readonly body: Entry;
  readonly register: EffectRegister;
  readonly def: ToolDef;
  readonly outcome: Outcome | null;
  readonly marks: readonly (KeptMark & { readonly opened: DivergenceMark })[];
}

/** The objects in a body that its kind takes. */
export function openEntry(cid: Cid, kind: EntryKindName, body: Entry): Effect {
  const { outcome } = body;
  return {
    cid,
    kind,
    body,
    register: decodeStruct(EFFECT_REGISTER, body.register),
    def: decodeStruct(TOOL_DEF, body.def),
    outcome:
      outcome === null
        ? null
        : {
            receipt: decodeStruct(RECEIPT, outcome.receipt),
            commit: outcome.commit === null ? null : decodeStruct(EFFECT_COMMIT, outcome.commit),
            response: outcome.response,
          },
    marks: body.marks.map((kept) => ({ ...kept, opened: decodeStruct(DIVERGENCE_MARK, kept.mark) })),
  };
}

/** A receipt by itself, opened. */
export interface Loose {
  readonly cid: Cid;
  readonly body: LooseReceipt;
  readonly receipt: Receipt;
}

interface Record {
  readonly kind?: unknown;
  readonly body?: Value;
}

/** What an index holds under an id. Throws `codec/*` for what is no record of it. */
export function openIndexed({ cid, record, key }: Indexed): Effect | Loose {
  const { kind: name, body } = decode(record) as Record;
  if (name === RECEIPT_KIND.kind) {
    const loose = RECEIPT_KIND.schema.read(body, 'body');
    return { cid, body: loose, receipt: decodeStruct(RECEIPT, loose.receipt) };
  }
  const kind = entryKindOf(String(name));
  if (kind === undefined) throw effectError('bad-entry', { id: key, seq: 0, why: 'is of no kind that belongs here' });
  return openEntry(cid, kind.kind as EntryKindName, kind.schema.read(body, 'body'));
}

export function isEffect(found: Effect | Loose): found is Effect {
  return 'register' in found;
}

/** What stands under an id, an idempotency id or that of a receipt by itself; null: nothing. Throws `chain/*`, `codec/*`, and as the git port. */
export async function findEffect(backend: GitBackend, id: Uint8Array): Promise<Effect | Loose | null> {
  const found = await lookupIndexed(backend, shardOf(id), formatHex(id));
  return found === null ? null : openIndexed(found);
}

/** As `findEffect`, of an idempotency id. */
export async function readEffect(backend: GitBackend, id: Uint8Array): Promise<Effect | null> {
  const found = await findEffect(backend, id);
  return found !== null && isEffect(found) ? found : null;
}

/**
 * The exact bytes of a response. Throws `effects/response-gone` when they were not kept, or are not here; and as the git port. Their hash
 * is checked.
 */
export async function readResponse(
  { objects }: Pick<GitBackend, 'objects'>,
  id: Uint8Array,
  response: KeptResponse,
): Promise<Uint8Array> {
  if (response.inline !== undefined) return response.inline;
  const gone = (cause?: unknown) =>
    effectError('response-gone', { id: formatHex(id), hash: formatHex(response.hash) }, { cause });
  const { blob } = response;
  if (blob === undefined) throw gone();
  const content = await readBlob(objects, { blob, size: response.size }, gone);
  if (content === null || content.length !== response.size || !bytesEqual(sha256(content), response.hash)) throw gone();
  return content;
}

async function readBlob(
  objects: GitBackend['objects'],
  { blob, size }: { readonly blob: Oid; readonly size: number },
  gone: (cause: unknown) => Error,
): Promise<Uint8Array | null> {
  try {
    const { type, content } = await objects.read(blob, { maxBytes: size });
    return type === 'blob' ? content : null;
  } catch (error) {
    if (isGatosError(error, 'git/missing-object')) throw gone(error);
    throw error;
  }
}
