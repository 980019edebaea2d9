/**
 * The commit around an envelope. Author, dates, message and tree are functions of the envelope and its signatures, so the
 * same envelope on the same parent has the same object id on every machine, and an edited commit shows (design 1.6, 2.3).
 */
import { type Commit, decodeCommit, encodeCommit, formatIdent, type Oid } from '../git/index.js';
import { keyMailbox } from '../identity/index.js';
import { bytesEqual, Memo } from '../kernel/index.js';
import type { Envelope } from './envelope.js';
import type { Description } from './kind.js';
import type { EnvelopeSignature } from './signed.js';

export interface CommitParts {
  readonly envelope: Envelope;
  readonly signatures: readonly EnvelopeSignature[];
  readonly description: Description;
  readonly tree: Oid;
  readonly parent: Oid | null;
}

const MAILBOXES = new Memo(keyMailbox);

/** Bytes of the commit. `signatures` in stored order, at least one: the first key names the author's address. */
export function commitBytes({ envelope, signatures, description, tree, parent }: CommitParts): Uint8Array {
  const ident = formatIdent({
    name: envelope.actor,
    email: mailboxOf(signatures[0]),
    seconds: Math.floor(envelope.time / 1_000_000),
  });
  return encodeCommit({
    tree,
    parents: parent === null ? [] : [parent],
    author: ident,
    committer: ident,
    message: commitMessage(envelope, description),
  });
}

function mailboxOf(signature: EnvelopeSignature | undefined): string {
  if (signature === undefined) return 'unsigned@gatos';
  return MAILBOXES.get(signature.key);
}

function commitMessage(envelope: Envelope, { title, trailers = [] }: Description): string {
  const { cid, kind, actor, seq } = envelope;
  let message = `${title}\n\nEnvelope-CID: ${cid}\nKind: ${kind}\nActor: ${actor}\nSeq: ${seq}\n`;
  for (const [name, value] of trailers) message += `${name}: ${value}\n`;
  return message;
}

/** Which part of a stored commit is not as `commitBytes` makes it, in words; null when every byte is. */
export function commitFault(raw: Uint8Array, parts: CommitParts): string | null {
  const want = commitBytes(parts);
  if (bytesEqual(raw, want)) return null;
  const format = parts.tree.length === 64 ? 'sha256' : 'sha1';
  return differenceOf(decodeCommit(raw, format), decodeCommit(want, format));
}

function differenceOf(got: Commit, want: Commit): string {
  if (got.parents.join(' ') !== want.parents.join(' ')) return 'the parent';
  if (got.author !== want.author) return 'the author or its date';
  if (got.committer !== want.committer) return 'the committer or its date';
  if (got.headers.length > 0) return 'an added header';
  return 'the message';
}
