/**
 * The `packed-refs` file: one line a ref, sorted by name. Source: gitformat of refs/packed-backend.c and git-pack-refs(1);
 * lines that start with `^` hold what the tag of the line above points at.
 */
import { compareText, fromUtf8, utf8 } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import { isOid } from '../oid.js';
import type { Oid } from '../ports.js';
import { refNameFault } from '../ref-name.js';

export interface PackedRef {
  readonly oid: Oid;
  /** What an annotated tag points at, if the file says so. */
  readonly peeled?: Oid | undefined;
}

export type PackedRefs = ReadonlyMap<string, PackedRef>;

const LINE = /^([0-9a-f]{40}) (.+)$/;
// No claim that every tag is peeled: git then looks at the objects that have no such line.
const HEADER = '# pack-refs with: sorted \n';

/** Throws `git/corrupt-ref` with the number of the line that cannot be read. */
export function parsePackedRefs(bytes: Uint8Array): PackedRefs {
  const refs = new Map<string, PackedRef>();
  const fail = (line: number, cause?: unknown) =>
    gitError('corrupt-ref', { ref: 'packed-refs', why: `line ${line} cannot be read` }, { cause });
  let last: string | undefined;
  for (const [i, line] of decode(bytes, fail).split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('^')) {
      const ref = last === undefined ? undefined : refs.get(last);
      const peeled = line.slice(1);
      if (last === undefined || ref === undefined || !isOid(peeled, 'sha1')) throw fail(i + 1);
      refs.set(last, { oid: ref.oid, peeled });
      continue;
    }
    const [, oid, name] = LINE.exec(line) ?? [];
    if (oid === undefined || name === undefined || !isOid(oid, 'sha1')) throw fail(i + 1);
    last = name;
    // git warns of such names and goes on, and so keeps them when it rewrites the file
    refs.set(name, { oid });
  }
  return refs;
}

function decode(bytes: Uint8Array, fail: (line: number, cause: unknown) => Error): string {
  try {
    return fromUtf8(bytes);
  } catch (error) {
    throw fail(1, error);
  }
}

/** The file with these refs. */
export function formatPackedRefs(refs: PackedRefs): Uint8Array {
  let text = HEADER;
  for (const name of [...refs.keys()].sort(compareText)) {
    const { oid, peeled } = refs.get(name) as PackedRef;
    text += `${oid} ${name}\n`;
    if (peeled !== undefined) text += `^${peeled}\n`;
  }
  return utf8(text);
}

/** Refs of the file that lie below a prefix that ends in `/`. */
export function* packedBelow(refs: PackedRefs, prefix: string): Generator<string, void, undefined> {
  for (const name of refs.keys()) if (name.startsWith(prefix) && refNameFault(name) === null) yield name;
}
