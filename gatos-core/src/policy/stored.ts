/** An adopted bundle as it lies in its commit: the record, and the files that it lists. Whether they are right is for others to say. */
import { attachFile, type ChainEntry, listFiles, type NewFile, recordBody } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { GatosError } from '../kernel/index.js';
import { LIMITS } from '../kernel/index.js';
import { policyError } from './errors.js';
import { CODE_PATH, SOURCE_FOLDER } from './files.js';
import { type AdoptedBundle, BUNDLE_KIND } from './schema.js';

export interface StoredBundle {
  /** Commit of the adoption. */
  readonly oid: Oid;
  /** `policy_root`: CID of the adopting envelope. */
  readonly root: Cid;
  readonly body: AdoptedBundle;
  /** Sources, with their paths in the bundle, sorted. */
  readonly files: readonly NewFile[];
  /** The compiled form. */
  readonly code: Uint8Array;
}

export type Altered = (why: string) => GatosError;

/** The fault of a bundle that is not what it claims to be. */
export function alteredAt({ oid: commit, envelope: { chain } }: Pick<ChainEntry, 'oid' | 'envelope'>): Altered {
  return (why) => policyError('altered', { chain, commit, why });
}

/**
 * Reads what an adoption brings; its bytes are those that the record lists. Throws `policy/altered`, `policy/newer-language`,
 * `codec/schema` for a record out of form, `chain/bad-attachment`, and as the git port.
 */
export async function readStored(backend: GitBackend, entry: ChainEntry): Promise<StoredBundle> {
  const { oid, tree, envelope } = entry;
  const body = recordBody(envelope, 0, BUNDLE_KIND);
  const altered = alteredAt(entry);
  const total = body.attachments.reduce((sum, { size }) => sum + size, 0);
  const limit = LIMITS.policyBundleBytes + LIMITS.policyCodeBytes;
  if (total > limit) throw altered(`its files have ${total} bytes, the limit is ${limit}`);
  const there = await listFiles(backend, tree, { at: { chain: envelope.chain, commit: oid } });
  const wanted = body.attachments.map((attachment) => {
    const blob = there.get(attachment.path);
    if (blob === undefined) throw altered(`it has no file \`${attachment.path}\``);
    return { attachment, blob };
  });
  const files: NewFile[] = [];
  let at = 0;
  const blobs = wanted.map(({ blob }) => blob);
  for await (const { type, content } of backend.objects.readMany(blobs, { maxBytes: LIMITS.policyBundleBytes })) {
    const attachment = wanted[at++]?.attachment;
    if (attachment === undefined) break;
    const file = { path: attachment.path, bytes: content };
    const isSame = type === 'blob' && content.length === attachment.size && attachFile(file).cid.equals(attachment.cid);
    if (!isSame) throw altered(`the bytes of \`${file.path}\` are not those of \`${attachment.cid}\``);
    files.push(file);
  }
  const [code, ...sources] = files;
  if (code?.path !== CODE_PATH) throw altered(`it has no file \`${CODE_PATH}\``);
  const named = sources.map(({ path, bytes }) => ({ path: path.slice(SOURCE_FOLDER.length), bytes }));
  return { oid, root: envelope.cid, body, files: named, code: code.bytes };
}
