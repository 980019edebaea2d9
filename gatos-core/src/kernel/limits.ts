/**
 * Every bound of the system in one place (design 2.3). Foreign bytes are measured against these before they are decoded.
 * Raising one is compatible for readers that have the new value only, so it takes an ADR.
 */
export const LIMITS = {
  /** Bytes of an encoded envelope, without signatures. */
  envelopeBytes: 4 * 1024 * 1024,
  /** Records in an envelope. */
  envelopeRecords: 10_000,
  /** Bytes of one encoded record body. */
  recordBytes: 1024 * 1024,
  /** Nested lists and maps in any decoded value. */
  depth: 64,
  /** Signatures on an envelope. */
  signatures: 64,
  /** UTF-8 bytes of an actor, such as `user:alice`. */
  actorBytes: 72,
  /** UTF-8 bytes of a chain name (a ref name without `refs/gatos/`). */
  chainBytes: 200,
  /** UTF-8 bytes of a record kind, such as `journal.event`. */
  kindBytes: 64,
  /** UTF-8 bytes of a namespace, a fold or a group name. */
  nameBytes: 64,
  /** UTF-8 bytes of an event type. */
  eventTypeBytes: 128,
  /** UTF-8 bytes of a caller-chosen idempotency key. */
  eventKeyBytes: 256,
  /** Bytes of any block that is decoded as a whole (state value, bundle, proof). */
  blockBytes: 32 * 1024 * 1024,
  /** Bytes of a JSON text that enters something signed. */
  jsonBytes: 4 * 1024 * 1024,
  /** Bytes of a git commit object of ours. */
  commitBytes: 64 * 1024,
  /** Bytes of one git tree object that is read. */
  treeBytes: 16 * 1024 * 1024,
  /** UTF-8 bytes of one name in a git tree (git's own fsck warns beyond it). */
  treeNameBytes: 4096,
  /** Bytes of a git blob that is read whole. */
  blobBytes: 64 * 1024 * 1024,
  /** Attachments listed in one record. */
  attachments: 1024,
  /** UTF-8 bytes of the path of an attachment. */
  attachmentPathBytes: 1024,
  /** Files in the tree of one commit, and folders inside one another. */
  treeFiles: 262_144,
  treeFolders: 8,
  /** UTF-8 bytes of a key of an index. */
  indexKeyBytes: 512,
  /** Top-level keys of a state. */
  stateKeys: 65_536,
  /** UTF-8 bytes of one top-level state key. */
  stateKeyBytes: 512,
  /** Source bytes of a fold module. */
  foldSourceBytes: 512 * 1024,
  /** Default gas of one event, in gas units. */
  foldGas: 1_000_000,
  /** Largest gas a fold may ask for per event. */
  foldGasMax: 1_000_000_000,
  /** Gas of a predicate that judges a state: some seconds, and enough to look at every value of the largest state. */
  predicateGas: 200_000_000,
  /** Default memory of the sandbox, in bytes. */
  foldMemory: 64 * 1024 * 1024,
  /** Largest memory a fold may ask for, in bytes. */
  foldMemoryMax: 512 * 1024 * 1024,
  /** Values (list items and map entries) of a whole state, shared ones counted each time. */
  foldStateValues: 4_000_000,
  /** Brackets of a fold module that are open at one place. */
  foldBrackets: 200,
  /** UTF-8 bytes of the id of a sandbox engine. */
  engineIdBytes: 256,
  /** Chains that one checkpoint may fold. */
  foldChains: 65_536,
  /** Levels of the syntax tree of a fold module. */
  foldTreeDepth: 500,
  /** Attempts of an append before `chain/contended`. */
  appendAttempts: 400,
  /** Principals, keys of one principal, groups, members of one group in the trust state. */
  principals: 4096,
  keysPerPrincipal: 64,
  groups: 1024,
  /** UTF-8 bytes of the reason that a revocation gives. */
  reasonBytes: 256,
  /** Bytes of a key file, our own or of OpenSSH, secret or public. */
  keyFileBytes: 64 * 1024,
  /** UTF-8 bytes of a passphrase. */
  passphraseBytes: 1024,
  /** Memory in bytes, and passes over it (p), that scrypt may take for a foreign key file. */
  scryptMemory: 256 * 1024 * 1024,
  scryptPasses: 4,
  /** Rounds of bcrypt-pbkdf that a foreign OpenSSH key may ask for (`ssh-keygen -a`; about 12 ms each). */
  bcryptRounds: 1024,
  /** Bytes of one message to or from ssh-agent (AGENT_MAX_LEN of OpenSSH). */
  agentMessageBytes: 256 * 1024,
  /** Identities that ssh-agent may list. */
  agentKeys: 2048,
  /** Depth of a Merkle audit path (2^53 leaves). */
  merklePath: 53,
} as const;
