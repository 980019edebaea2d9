/** What a change of refs takes from outside, and how it looks at what is stored now. */
import type { Clock } from '../../kernel/index.js';
import type { Oid } from '../ports.js';
import type { Files } from './files.js';
import type { Layout } from './layout.js';
import type { PackedRefs } from './packed-refs.js';

export interface RefParts {
  readonly files: Files;
  readonly layout: Layout;
  readonly has: (oids: readonly Oid[]) => Promise<readonly boolean[]>;
  readonly clock?: Pick<Clock, 'sleep'> | undefined;
}

export interface RefView {
  /** Follows symbolic refs: the name that holds, or would hold, the id. Throws `git/corrupt-ref` when they do not end. */
  resolve(name: string): Promise<{ readonly name: string; readonly oid: Oid | null }>;
  /** Is there a ref below this one? */
  hasBelow(name: string): Promise<boolean>;
  packed(): Promise<PackedRefs>;
  /** The file of a ref. */
  pathOf(name: string): string;
}
