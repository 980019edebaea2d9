/** The way back: from the payload of an event to the bytes of the commit, and to the id that git gives it. */
import { createHash } from 'node:crypto';

/** The commit as git stores it, or null when a part of it was too large to be recorded. */
export function rebuild(commit) {
  if (hasCut([commit, commit.author, commit.committer, ...(commit.headers ?? [])])) return null;
  // A commit that is not made up of the parts below is there as a whole.
  if (commit.object_base64 !== undefined) return Buffer.from(commit.object_base64, 'base64');
  const parts = [];
  if (commit.tree !== null) parts.push(`tree ${commit.tree}\n`);
  for (const parent of commit.parents) parts.push(`parent ${parent}\n`);
  for (const role of ['author', 'committer'])
    if (commit[role].line !== null) parts.push(`${role} `, lineOf(commit[role]), '\n');
  for (const header of commit.headers ?? [])
    parts.push(bytesOf(header, 'name'), ' ', folded(bytesOf(header, 'value')), '\n');
  parts.push('\n', bytesOf(commit, 'message'));
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** The id of a commit, by the hash that a repository with ids of that length uses. */
export function commitId(bytes, digits) {
  const hash = createHash(digits === 64 ? 'sha256' : 'sha1');
  return hash.update(`commit ${bytes.length}\0`).update(bytes).digest('hex');
}

function hasCut(parts) {
  return parts.some((part) => Object.keys(part).some((name) => name.endsWith('_cut')));
}

/** Bytes of a text: those beside it when the text alone would not give them back. */
function bytesOf(part, name) {
  const exact = part[`${name}_base64`];
  return exact === undefined ? Buffer.from(part[name]) : Buffer.from(exact, 'base64');
}

function lineOf(ident) {
  if (ident.line !== undefined) return bytesOf(ident, 'line');
  return Buffer.concat([
    bytesOf(ident, 'name'),
    Buffer.from(' <'),
    bytesOf(ident, 'email'),
    Buffer.from(`> ${ident.time} ${ident.zone}`),
  ]);
}

/** Later lines of a header start with a space. */
function folded(value) {
  return Buffer.from(value.toString('latin1').replaceAll('\n', '\n '), 'latin1');
}
