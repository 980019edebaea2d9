/** From a body to what is appended: checked by its schema, encoded once, described. */
import { type Cid, encode, type Value } from '../codec/index.js';
import type { RecordKind } from './kind.js';
import type { Draft } from './publish.js';
import { recordCid } from './record.js';

export interface DraftedRecord {
  /** CID of the record. */
  readonly cid: Cid;
  readonly draft: Draft;
}

/** An envelope with one record. Throws `codec/schema` for a body out of form. */
export function draftRecord<T>(kind: RecordKind<T>, body: T, { files }: Pick<Draft, 'files'> = {}): DraftedRecord {
  const bytes = encode(kind.schema.read(body) as unknown as Value);
  const draft = { kind: kind.kind, bodies: [bytes], description: kind.describe(body, 1), files };
  return { cid: recordCid(kind.kind, bytes), draft };
}
