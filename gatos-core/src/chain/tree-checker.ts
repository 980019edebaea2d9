/** What stands in a commit's tree beside the envelope: attachments, and in an index chain the index. */
import type { GitBackend } from '../git/index.js';
import { AttachmentChecker } from './attachment-checker.js';
import { IndexChecker } from './index-checker.js';
import { INDEX_FOLDER } from './index-tree.js';
import type { AnyRecordKind } from './kind.js';
import type { ChainEntry, ChainHead } from './read.js';
import { isIndex, type Rule } from './rule.js';

export class TreeChecker {
  readonly #attachments: AttachmentChecker;
  readonly #index: IndexChecker | null;

  constructor(
    backend: GitBackend,
    private readonly span: {
      readonly chain: string;
      readonly rule: Rule;
      /** The head before the first entry that is checked. */
      readonly from?: ChainHead | undefined;
    },
  ) {
    this.#attachments = new AttachmentChecker(backend);
    this.#index = isIndex(span.rule) ? new IndexChecker(backend, span.from?.oid) : null;
  }

  /** Is there nothing for `check` to do: no index, no attachment listed, no file but the envelope? */
  isTrivial({ tree }: ChainEntry, { attachments }: AnyRecordKind): boolean {
    return this.#index === null && attachments === undefined && tree.length === 1;
  }

  /** Throws `chain/bad-attachment`, `chain/bad-index`. Entries are given in order. */
  async check(entry: ChainEntry, kind: AnyRecordKind): Promise<void> {
    const { chain } = this.span;
    if (this.#index === null) return this.#attachments.check(entry, { kind, chain });
    const tree = entry.tree.filter(({ name }) => name !== INDEX_FOLDER);
    await this.#attachments.check({ oid: entry.oid, envelope: entry.envelope, tree }, { kind, chain });
    await this.#index.check(entry, { kind, chain });
  }
}
