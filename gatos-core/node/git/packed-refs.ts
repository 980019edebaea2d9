/** The `packed-refs` file (git-pack-refs(1)): one line for each ref, after the line of an annotated tag one with what it peels to. */
import { gitError, isOid, type ObjectFormat, OID_BYTES, type Oid } from '../../src/git/index.js';
import { compareText } from '../../src/kernel/index.js';

export interface PackedRefs {
  readonly oids: ReadonlyMap<string, Oid>;
  /** What annotated tags peel to, as far as the file says. */
  readonly peeled: ReadonlyMap<string, Oid>;
}

/** Throws `git/corrupt-ref` for any line that git would not write. */
export function parsePackedRefs(text: string, format: ObjectFormat): PackedRefs {
  const oids = new Map<string, Oid>();
  const peeled = new Map<string, Oid>();
  if (text === '') return { oids, peeled };
  const width = OID_BYTES[format] * 2;
  const fail = (line: string) =>
    gitError('corrupt-ref', { ref: 'packed-refs', why: `it holds the line \`${line.slice(0, 300)}\`` });
  if (!text.endsWith('\n')) throw fail(text.slice(text.lastIndexOf('\n') + 1));
  let last: string | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('#')) continue;
    const isPeeled = line.startsWith('^');
    const oid = isPeeled ? line.slice(1) : line.slice(0, width);
    if (!isOid(oid, format) || (isPeeled && last === null)) throw fail(line);
    if (isPeeled) {
      peeled.set(last as string, oid);
      last = null;
      continue;
    }
    if (line[width] !== ' ' || line.length < width + 2) throw fail(line);
    last = line.slice(width + 1);
    oids.set(last, oid);
  }
  return { oids, peeled };
}

/** These refs with some values changed; null removes. What is sorted stays so. */
export function withValues(
  { oids, peeled }: PackedRefs,
  changes: readonly { readonly name: string; readonly oid: Oid | null }[],
): PackedRefs {
  const next = { oids: new Map<string, Oid>(), peeled: new Map(peeled) };
  const values = new Map(changes.map(({ name, oid }) => [name, oid]));
  for (const [name, oid] of values) if (oid !== oids.get(name)) next.peeled.delete(name);
  const fresh = [...values].filter(([name]) => !oids.has(name)).sort(([a], [b]) => compareText(a, b));
  let at = 0;
  const add = (name: string, oid: Oid | null): unknown => oid !== null && next.oids.set(name, oid);
  for (const [name, oid] of oids) {
    for (; at < fresh.length && compareText((fresh[at] as [string, Oid])[0], name) < 0; at++)
      add(...(fresh[at] as [string, Oid | null]));
    add(name, values.has(name) ? (values.get(name) ?? null) : oid);
  }
  for (; at < fresh.length; at++) add(...(fresh[at] as [string, Oid | null]));
  return next;
}

/** Names in the order of their bytes. A file that git or we wrote has them so: then nothing is sorted. */
function sortedNames(oids: ReadonlyMap<string, Oid>): readonly string[] {
  const names = [...oids.keys()];
  const isSorted = names.every((name, i) => i === 0 || compareText(names[i - 1] as string, name) < 0);
  return isSorted ? names : names.sort(compareText);
}

/** The file. Its header claims the order only: which of our additions could be peeled is for git to find out. */
export function formatPackedRefs({ oids, peeled }: PackedRefs): string {
  const lines = ['# pack-refs with: sorted '];
  for (const name of sortedNames(oids)) {
    lines.push(`${oids.get(name)} ${name}`);
    const target = peeled.get(name);
    if (target !== undefined) lines.push(`^${target}`);
  }
  return `${lines.join('\n')}\n`;
}
