/** The document that policies read, as a type: what a push would do, as far as it is known before it is done. */

export interface PolicyInput {
  readonly v: 1;
  /** Of the accepted trust chain. */
  readonly profile: string;
  /** When the push was received, µs since the epoch. */
  readonly received: number;
  /** CID of genesis. */
  readonly repository: string;
  /** `policy_root` in force. */
  readonly policy: string | null;
  /** Who the transport says is pushing; null where it says nothing. */
  readonly pusher: string | null;
  /** `git push -o`. */
  readonly options: readonly string[];
  /** In the order of ref names. */
  readonly updates: readonly InputUpdate[];
  /** Grants that hold now: not expired, not revoked, not used up. In the order of ids. */
  readonly grants: readonly InputGrant[];
  /** Members by group of the accepted trust chain. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

export interface InputUpdate {
  /** Full name. */
  readonly ref: string;
  /** Without `refs/heads/`, `refs/tags/` or `refs/gatos/`. */
  readonly name: string;
  readonly space: 'branch' | 'tag' | 'gatos' | 'other';
  readonly kind: 'create' | 'update' | 'delete';
  readonly old: string | null;
  readonly new: string | null;
  /** Does the new value contain the old one? True for create, false for delete. */
  readonly fast_forward: boolean;
  /** Commits that no accepted ref contains, parents before children. Empty below `refs/gatos/`. */
  readonly commits: readonly InputCommit[];
  /** Envelopes that the update adds, oldest first. Empty elsewhere than below `refs/gatos/`. */
  readonly envelopes: readonly InputEnvelope[];
  /** Of an annotated tag. */
  readonly tag: InputTag | null;
}

export interface InputCommit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: InputPerson;
  readonly committer: InputPerson;
  /** Null when it is not signed, or not with an Ed25519 SSH key. */
  readonly signer: InputSigner | null;
  /** First line of the message. */
  readonly subject: string;
  readonly message: string;
  /** Against the first parent; all files for a root commit. Sorted by path bytes. */
  readonly changes: readonly InputChange[];
}

export interface InputPerson {
  readonly name: string;
  readonly email: string;
  /** µs since the epoch. */
  readonly time: number;
}

export interface InputSigner {
  /** `ed25519:…` */
  readonly key: string;
  /** Whose key it is by the accepted trust chain; null when it is nobody's, or revoked. */
  readonly actor: string | null;
  /** Does the signature fit the commit? */
  readonly valid: boolean;
}

export interface InputChange {
  readonly path: string;
  readonly op: 'add' | 'modify' | 'delete' | 'type';
  /** Octal, such as `100644`. */
  readonly mode: string | null;
  readonly old_mode: string | null;
  readonly id: string | null;
  readonly old_id: string | null;
  /** Bytes of the new blob; null when it is deleted or no blob. */
  readonly size: number | null;
}

export interface InputEnvelope {
  readonly cid: string;
  readonly chain: string;
  /** The plane that owns the chain. */
  readonly plane: string;
  readonly kind: string;
  readonly actor: string;
  readonly seq: number;
  readonly count: number;
  readonly clock: number;
  readonly time: number;
  readonly keys: readonly string[];
}

export interface InputTag {
  readonly name: string;
  readonly target: string;
  readonly tagger: InputPerson | null;
  readonly signer: InputSigner | null;
  readonly message: string;
}

export interface InputGrant {
  /** ULID of the proposal. */
  readonly id: string;
  /** CID of the grant's record. */
  readonly cid: string;
  readonly action: string;
  readonly target: string;
  /** Whose approval counts now, sorted. A policy counts them itself: whoever proposed the grant wrote its quorum. */
  readonly approvers: readonly string[];
  readonly expires: number | null;
  readonly uses_left: number | null;
}
