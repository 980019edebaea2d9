/** What the tests of the git contract write into a repository. */
import {
  emptyTreeOid,
  encodeCommit,
  encodeTree,
  type GitBackend,
  type GitObject,
  hashObject,
  type NewObject,
  type ObjectFormat,
  type Oid,
} from '../src/git/index.js';
import { utf8 } from '../src/kernel/index.js';

export const WHO = 'A U Thor <author@example.com> 1700000000 +0000';

export const blob = (text: string): NewObject => ({ type: 'blob', content: utf8(text) });

/** An id that no object has. */
export function absentOid(format: ObjectFormat): Oid {
  return '1'.repeat(format === 'sha1' ? 40 : 64);
}

export async function writeOne(backend: GitBackend, object: NewObject): Promise<Oid> {
  const [oid] = await backend.objects.write([object]);
  if (oid === undefined) throw new Error('write returned no id');
  return oid;
}

/** Writes a commit of the empty tree. */
export async function writeCommit(backend: GitBackend, message: string, parents: readonly Oid[] = []): Promise<Oid> {
  const tree = await writeOne(backend, { type: 'tree', content: encodeTree([]) });
  return writeOne(backend, commitObject({ tree, message, parents }));
}

function commitObject({ tree, message, parents }: { tree: Oid; message: string; parents: readonly Oid[] }): NewObject {
  return {
    type: 'commit',
    content: encodeCommit({ tree, parents, author: WHO, committer: WHO, message: `${message}\n` }),
  };
}

/** Writes a line of commits, so many in one call, and returns their ids, oldest first. */
export async function writeLine(backend: GitBackend, length: number, { atOnce = length } = {}): Promise<Oid[]> {
  const { format } = backend.objects;
  const tree = emptyTreeOid(format);
  await backend.objects.write([{ type: 'tree', content: encodeTree([]) }]);
  const line: Oid[] = [];
  const objects = Array.from({ length }, (_, i) => {
    const object = commitObject({ tree, message: `commit ${i}`, parents: line.slice(-1) });
    line.push(hashObject(format, object.type, object.content));
    return object;
  });
  for (let i = 0; i < length; i += atOnce) await backend.objects.write(objects.slice(i, i + atOnce));
  return line;
}

export async function collect(items: AsyncIterable<GitObject>): Promise<GitObject[]> {
  const out: GitObject[] = [];
  for await (const item of items) out.push(item);
  return out;
}

export const code = (name: string) => ({ code: `git/${name}` });

/** Sets refs that do not exist yet. */
export async function createRefs(backend: GitBackend, refs: Readonly<Record<string, Oid>>): Promise<void> {
  for (const [name, next] of Object.entries(refs)) await backend.refs.transaction([{ name, expected: null, next }]);
}

/** Two commits, the second on the first. */
export async function two(backend: GitBackend): Promise<[Oid, Oid]> {
  return (await writeLine(backend, 2)) as [Oid, Oid];
}
