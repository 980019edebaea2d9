/** Objects on their way into the repository. */
import type { NewObject, ObjectFormat, Oid } from '../../src/git/index.js';
import { hashContent } from './hash.js';
import type { Settings } from './settings.js';

export interface Identified extends NewObject {
  readonly oid: Oid;
}

/** Where the tests stop a process: after which step a writer is killed. */
export type Step =
  | 'object-written'
  | 'objects-flushed'
  | 'object-published'
  | 'objects-durable'
  | 'pack-written'
  | 'pack-published'
  | 'index-published'
  | 'lock-prepared'
  | 'lock-held'
  | 'heir-linked'
  | 'lock-inherited'
  | 'take-linked'
  | 'lock-replaced'
  | 'dead-removed'
  | 'refs-verified'
  | 'packed-refs-written'
  | 'ref-published'
  | 'refs-published'
  | 'locks-released';

export interface WriteContext {
  readonly objectDir: string;
  readonly format: ObjectFormat;
  readonly settings: Settings;
  readonly onStep: (step: Step) => void;
}

/** The ids of all objects in order, and each object once. */
export function identify(objects: readonly NewObject[], format: ObjectFormat): { oids: Oid[]; unique: Identified[] } {
  const seen = new Set<Oid>();
  const unique: Identified[] = [];
  const oids = objects.map(({ type, content, oid: known }) => {
    const oid = known ?? hashContent(format, type, content);
    if (!seen.has(oid)) {
      seen.add(oid);
      unique.push({ oid, type, content });
    }
    return oid;
  });
  return { oids, unique };
}
