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
  /** Values in one decoded MYTHOS-CAN tree; entries of all lists and maps in one decoded struct, those of maps counted twice. */
  canValues: 1_048_576,
  structValues: 2_097_152,
  /** Bytes of one node of a Merkle list or chunk tree: the largest that construction makes has 55 KiB. */
  merkleNodeBytes: 64 * 1024,
  /** Stored bytes of a blob that is kept in its manifest, bytes of an encoded BlobRef, and characters of a media type in it. */
  blobInlineBytes: 8 * 1024,
  blobRefBytes: 64 * 1024,
  mediaBytes: 255,
  /** Levels of a chunk tree: 1024 chunks below the first, and 1024 times as many below each further one. */
  blobLevels: 6,
  /** Bytes of the proof of one chunk in a file. */
  blobProofBytes: 1024 * 1024,
  /** Bytes of the payload of a MYTHOS-X packet, and of what it inflates to; signatures of a packet, and bytes of one entry. */
  packetPayloadBytes: 16 * 1024 * 1024,
  packetPlainBytes: 32 * 1024 * 1024,
  packetSignatures: 64,
  packetSignatureBytes: 1024,
  /** Vectors of a vector pack, values or chunks of one of them, bytes of a file, of the files of one vector, and of a path in the pack. */
  packVectors: 16_384,
  packEntries: 1_048_576,
  packFileBytes: 64 * 1024 * 1024,
  packVectorBytes: 256 * 1024 * 1024,
  packPathBytes: 512,
  /**
   * Bytes of the chunks that are written, and when nobody says otherwise; readers take smaller ones, too (RFC-MYTHOS-0004 section 6.1). Also
   * the most plain bytes that a stored chunk may decode to.
   */
  chunkBytesLeast: 256 * 1024,
  chunkBytes: 4 * 1024 * 1024,
  chunkBytesMost: 16 * 1024 * 1024,
  /** Bytes that one stored chunk may have: the largest, and room for a codec that makes it larger. */
  chunkStoredBytes: 32 * 1024 * 1024,
  /** The largest chunk count that a BlobRef states. */
  blobRefChunks: 0xffff_ffff,
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
  /** UTF-8 bytes of the source of one policy module, and its tokens. */
  policySourceBytes: 512 * 1024,
  policyTokens: 100_000,
  /** Levels of the syntax tree of a policy module, and brackets that are open at one place of it. */
  policyNesting: 64,
  /** Findings that one run over a policy module lists. */
  policyDiagnostics: 100,
  /** Characters of a quorum expression, its terms and principals, and brackets inside one another. */
  quorumBytes: 2048,
  quorumTerms: 64,
  quorumDepth: 16,
  /** UTF-8 bytes of what a proposal is for: the action, its target (a ref, a path), and the reason; and of a comment. */
  actionBytes: 128,
  targetBytes: 1024,
  proposalReasonBytes: 4096,
  commentBytes: 4096,
  /** UTF-8 bytes of the name of a ref that a record mentions, and of an object id there. */
  refBytes: 1024,
  oidBytes: 64,
  /** Times that one grant may be used when it says how often. */
  grantUses: 1_000_000,
  /** Grants that rest on one another. */
  grantDepth: 64,
  /** Governance refs that are looked at. */
  governanceRefs: 262_144,
  /** Modules of a policy bundle; rules, heads and constants of all of them together. */
  policyModules: 256,
  /** Bytes of the sources of a policy bundle, all of them together; UTF-8 bytes of the note with which it is adopted. */
  policyBundleBytes: 16 * 1024 * 1024,
  policyNoteBytes: 4096,
  policyItems: 8192,
  /** Literals of one body of a policy rule, parameters of a rule, and variables of a rule with all its inner bodies. */
  policyLiterals: 512,
  policyParams: 32,
  policySlots: 4096,
  /** Steps, expressions and constant values of a compiled policy, and its bytes. */
  policyNodes: 250_000,
  policyCodeBytes: 8 * 1024 * 1024,
  /** Depth of a Merkle audit path (2^53 leaves). */
  merklePath: 53,
  /** Gas of one evaluation of a policy bundle: a literal tried is 1, built-ins by what they read (some seconds at most). */
  policyGas: 50_000_000,
  /** Firings that a decision lists; it counts those beyond. Errors of rules that it lists. */
  policyFirings: 256,
  policyErrors: 256,
  /** Bytes of the encoded document that policies read. */
  policyInputBytes: 64 * 1024 * 1024,
  /** Values in one list or record that a rule makes, shared ones counted each time. UTF-16 units of a text that it makes. */
  policyValueSize: 1_000_000,
  policyTextUnits: 1_000_000,
  /** Test rules that call one another at one place. */
  policyCallDepth: 64,
  /** UTF-16 units of the rendered message of a firing, and of one text value in it. */
  policyMessageUnits: 2000,
  policyMessageValueUnits: 200,
  /** Bytes of an encoded list or record that a firing shows as it is; of larger ones it shows the CID. */
  policyBindingBytes: 1024,
  /** Gas of the explanations of one decision, and rules in the derivation that each shows. */
  policyExplainGas: 20_000_000,
  policyExplainNodes: 200,
  /** Rules inside one another in an explanation, and alternatives that it shows at one place. */
  policyExplainDepth: 16,
  policyExplainWidth: 5,
  /** UTF-16 units of a glob, braces inside one another, patterns kept compiled, steps remembered for each. */
  policyGlobLength: 512,
  policyGlobDepth: 8,
  policyGlobs: 512,
  policyGlobMemory: 4096,
  /** UTF-16 units of a version or a range of versions. */
  policyVersionUnits: 512,
  /** Ref updates of one push that are judged, and envelopes that it adds. */
  gateUpdates: 16_384,
  gateEnvelopes: 262_144,
  /** Places in history that a change of trust or an adopted policy may be ahead of all that was accepted. */
  gateClockAhead: 2 ** 32,
  /** `git push -o`: how many, and UTF-8 bytes of all of them together. */
  gateOptions: 256,
  gateOptionBytes: 64 * 1024,
  /** New commits of one push that are described to policies, bytes of one of them, and paths that they change together. */
  gateCommits: 16_384,
  gateCommitBytes: 1024 * 1024,
  gateChanges: 262_144,
  /** Entries and folders inside one another of a tree that is compared. */
  gateTreeEntries: 1_048_576,
  gateTreeDepth: 128,
  /** Signatures (SSHSIG) that are looked at: UTF-8 bytes of one in its armour. */
  sshSignatureBytes: 8 * 1024,
  /** Refusals that a judgement lists, those that a denial and the person who pushes get to see, reasons and units of a line. */
  gateRefusals: 256,
  gateShownRefusals: 10,
  gateShownReasons: 8,
  gateLineUnits: 400,
  /** Ref updates, signers and refusals that the record of a denial lists. */
  denialUpdates: 256,
  denialSigners: 64,
  denialRefusals: 32,
  denialReasons: 8,
  /** Bytes of a document that is kept with a denial. */
  denialInputBytes: 16 * 1024 * 1024,
  /** UTF-8 bytes of one text in the record of a denial. */
  denialTextBytes: 4096,
  /** Arguments of a job, UTF-8 bytes of one and of the value of a variable, and variables. */
  jobArguments: 1024,
  jobArgumentBytes: 64 * 1024,
  jobVariables: 256,
  /** UTF-8 bytes of what names the program of a job. */
  jobRefBytes: 256,
  /** Files of a program, inputs, and outputs of a job; patterns of outputs, libraries, tools. */
  jobFiles: 4096,
  jobPatterns: 256,
  /** Bytes of one file that a job takes or gives: hosted git refuses files of 100 MB. */
  jobFileBytes: 64 * 1024 * 1024,
  /** Wall-clock milliseconds that a job may ask for (30 days), and bytes of all that it gives. */
  jobTimeMs: 30 * 86_400_000,
  jobOutputBytes: 64 * 1024 * 1024 * 1024,
  /** Bytes that are kept of each of the two streams that a job prints to. */
  jobLogBytes: 1024 * 1024,
  /** UTF-8 bytes of one fact about the machine on which a job ran, and of the line that says why it did not succeed. */
  jobFactBytes: 256,
  jobFailureBytes: 1024,
  /** Gas units of a job in the JavaScript sandbox: about two minutes. */
  jobGas: 1_000_000_000,
  /** Files and folders of a job in WebAssembly, bytes of its files (all are in memory), files it has open at once, bytes of a path. */
  wasiNodes: 65_536,
  wasiFileBytes: 1024 * 1024 * 1024,
  wasiOpenFiles: 1024,
  wasiPathBytes: 4096,
  /** Entries of a table of a WebAssembly module, and tables. */
  wasmTableEntries: 1_000_000,
  wasmTables: 16,
  /** The largest exit status of a process. */
  exitStatus: 255,
  /** UTF-8 bytes of one component of the path of a file: what most file systems take. */
  fileNameBytes: 255,
  /** Milliseconds that one lease of a job may last (a day) without being renewed. */
  jobLeaseMs: 86_400_000,
  /** Microseconds that clocks of workers may differ: so long after the end of a lease others wait before they take over. */
  leaseSkew: 2_000_000,
  /** Messages and bytes of message bodies at which a segment of the bus is full: it gets no more messages. */
  busSegmentMessages: 10_000,
  busSegmentBytes: 16 * 1024 * 1024,
  /** Messages that a consumer remembers to have handled, and those that one acknowledgement lists. */
  busWindow: 10_000,
  /** Jobs, checkpoints and pointers of one experiment; UTF-8 bytes of its title and of its notes. */
  experimentJobs: 256,
  experimentStates: 256,
  experimentPointers: 1024,
  experimentTitleBytes: 256,
  experimentNotesBytes: 64 * 1024,
  /** Differences of one sort that a drift report lists, UTF-8 bytes of one value in it, and of what is said about it. */
  driftDifferences: 64,
  driftValueBytes: 1024,
  driftDetailBytes: 1024,
  /** Places in which the contents of one file differ that are listed, and outputs whose contents are compared. */
  driftItems: 50,
  driftContents: 64,
  /** UTF-16 units of a value shown in such a place, and bytes around the first differing byte. */
  driftShownUnits: 200,
  driftWindowBytes: 32,
  /** Bytes of a JSON file that is compared by structure. */
  driftJsonBytes: 8 * 1024 * 1024,
  /** Lines or rows, and bytes of them, that are lined up with one another at one place. */
  driftAlignedUnits: 300,
  driftAlignedBytes: 256 * 1024,
  /** Bytes of a reproduction receipt in a file of its own. */
  receiptFileBytes: 4 * 1024 * 1024,
  /** Bytes of the manifest of a tool, and UTF-8 bytes of the line that says what the tool does. */
  toolManifestBytes: 256 * 1024,
  toolDoesBytes: 512,
  /** JSON values of one schema of a tool, those behind each `$ref` counted each time; schemas inside one another, in the same way. */
  toolSchemaValues: 4096,
  toolSchemaDepth: 128,
  /** UTF-16 units of a `pattern`, characters and classes of it with repetitions written out, and ways from one to the next. */
  toolPatternUnits: 1024,
  toolPatternPositions: 4096,
  toolPatternWays: 65_536,
  /** Values of a schema times values of a body that it is held against. */
  toolSchemaWork: 100_000_000,
  /** Faults of one body that are listed. */
  toolBodyFaults: 8,
  /** Arguments of a tool that is a process, UTF-8 bytes of one of them or of the value of a variable, and variables. */
  toolArguments: 256,
  toolArgumentBytes: 4096,
  toolVariables: 64,
  /** Files that a tool is declared with, and bytes of one of them. */
  toolFiles: 256,
  toolFileBytes: 16 * 1024 * 1024,
  /** UTF-8 bytes of the address of a tool that is reached over HTTP. */
  toolUrlBytes: 2048,
  /** Bytes of a request to a tool; of its answer, when it asks for no other limit and at most; of the error in an answer. */
  toolRequestBytes: 4 * 1024 * 1024,
  toolResponseBytes: 4 * 1024 * 1024,
  toolResponseBytesMax: 16 * 1024 * 1024,
  toolErrorBytes: 4096,
  /** Milliseconds and bytes of memory that a call may take, when the tool asks for no other limit and at most. */
  toolTimeMs: 30_000,
  toolTimeMsMax: 3_600_000,
  toolMemoryBytes: 256 * 1024 * 1024,
  toolMemoryBytesMax: 4 * 1024 * 1024 * 1024,
  /** Bytes that are kept of what a tool writes to its standard error. */
  toolLogBytes: 64 * 1024,
  /** Tools that are declared in one repository. */
  tools: 16_384,
  /** Capabilities that rest on one another, the root and the one that is used included. */
  capabilityDepth: 16,
  /** Bytes of one capability. */
  capabilityBytes: 64 * 1024,
  /** Items of a list, or entries of a map, in the scope of a capability. */
  scopeItems: 256,
  /** UTF-8 bytes of one text in a request that a capability is asked about. */
  scopeTextBytes: 4096,
  /** The largest kind of a capability and number of a ring (u8), and the largest u32. */
  u8: 255,
  u32: 4_294_967_295,
  /** Characters of `sha256:` with its digest, and of a u64 in decimal. */
  digestText: 71,
  u64Text: 20,
  /** Capabilities and chains of them that are kept as verified. */
  capabilityMemo: 4096,
  /** Operations, constants, nodes, symbols, contracts, tools and tasks of an IR bundle, each; registers of a run. */
  irItems: 65_536,
  irRegisters: 256,
  /** Values that one node stands for, shared ones counted each time. */
  irNodeValues: 65_536,
  /** Bytes that the registers of a run may hold together. */
  irMemoryBytes: 256 * 1024 * 1024,
  /** Faults of a bundle that are listed. */
  irFaults: 64,
  /** Milliseconds that one lease on an effect may last (a day) without being renewed. */
  effectLeaseMs: 86_400_000,
  /** Bytes of one MYTHOS object in the ledger of effects; of a response that stands in its record, larger ones travel beside it. */
  effectObjectBytes: 64 * 1024,
  effectInlineBytes: 8 * 1024,
  /** Marks of divergence on one effect: one for each reason. */
  effectMarks: 3,
  /** UTF-8 bytes of the line that says why an effect has no outcome. */
  effectReasonBytes: 1024,
} as const;
