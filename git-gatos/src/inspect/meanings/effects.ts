/** Records of blobs, tools, capabilities and effects. */
import { type KindMeaning, meaning } from './meaning.js';

const ENTRY_FIELDS = `
id: idempotency id: SHA-256 of the tool id and the key
tool: id of the tool
def: the ToolDef that has this id
request: SHA-256 of the exact request bytes
attempt: number of the lease
lease: random bytes that tell leases apart
capability: id of the capability under which it was called
register: the EffectRegister of this lease
ended: set when the invocation has no outcome
ended.acted: did it act?
ended.why: how that is known
outcome: what came of it
outcome.receipt: the Receipt
outcome.commit: the EffectCommit
outcome.response: the response as it is kept
marks: contradictions that were found
marks[].mark: the DivergenceMark
marks[].rival: the outcome that contradicts the one that stands
marks[].rival.receipt: its Receipt
marks[].rival.response: its response
hash: SHA-256 of the exact bytes
size: how many bytes
inline: the bytes themselves
blob: git object with the bytes
resolution: what a quorum decided
resolution.as: what it counts as
resolution.grant: record of the grant
resolution.why: why
replaces: record that stood under this id before
`;

const ENTRY_OBJECTS = {
  def: 'ToolDef',
  register: 'EffectRegister',
  'outcome.receipt': 'Receipt',
  'outcome.commit': 'EffectCommit',
  'marks[].mark': 'DivergenceMark',
  'marks[].rival.receipt': 'Receipt',
};

const entry = (does: string): KindMeaning =>
  meaning({ does, spec: 'docs/SPEC.md 4.5', fields: ENTRY_FIELDS, objects: ENTRY_OBJECTS });

export const EFFECTS: Readonly<Record<string, KindMeaning>> = {
  'blob.node': meaning({
    does: 'a node of the tree of a blob: what proves its chunks',
    spec: 'docs/SPEC.md 4.4',
    fields: `
cid: the blob
node: the MerkleNode
`,
    objects: { node: 'MerkleNode' },
  }),
  'blob.manifest': meaning({
    does: 'what a blob is; recorded when all its chunks are durable',
    spec: 'docs/SPEC.md 4.4',
    fields: `
cid: id of the blob: the root of its tree, or the digest of its bytes
ref: the BlobRef
plain_size: bytes of the blob when it is decoded
plain_chunk: decoded bytes of each chunk but the last; 0: it is not cut
name: a name for people
inline: the stored bytes
replaces: record of the removal after which it was put again
`,
    objects: { ref: 'BlobRef' },
  }),
  'blob.removed': meaning({
    does: 'a removal: the bytes of a blob are not kept any more',
    spec: 'docs/SPEC.md 4.4',
    fields: `
cid: the blob
reason: why
replaces: record of its manifest, which stays
`,
  }),
  'blob.pinned': meaning({
    does: 'a pin: somebody needs a blob, so nobody removes it',
    spec: 'docs/SPEC.md 4.4',
    fields: `
cid: the blob
who: who needs it
until: until when; null: for ever
why: what for
replaces: what stood for this actor before
`,
  }),
  'blob.unpinned': meaning({
    does: 'a pin that was taken back',
    spec: 'docs/SPEC.md 4.4',
    fields: `
cid: the blob
who: whose pin it was
why: why
replaces: record of the pin
`,
  }),
  'tool.declared': meaning({
    does: 'a declared tool: what it takes and gives, and how it is run',
    spec: 'docs/SPEC.md 4.5',
    fields: `
name: name of the tool; means nothing to its id
tool_id: id of the tool: what it takes, gives and does
manifest: the manifest as it was declared
files: files from which it is run
files[].path: path of the file
files[].cid: its digest
files[].size: its bytes
files[].blob: the git object that holds it
replaces: the declaration that it takes the place of
`,
  }),
  'capability.issued': meaning({
    does: 'a capability: who may do what, until when, and pass on what of it',
    spec: 'docs/SPEC.md 4.6',
    fields: `
cap: the Capability
id: its id
kind: number of its scope
issuer: key of who gives it
subject: key of who may use it
parent: capability from which it was attenuated
`,
    objects: { cap: 'Capability' },
  }),
  'capability.revoked': meaning({
    does: 'a revocation of a capability and of all that rests on it',
    spec: 'docs/SPEC.md 4.6',
    fields: `
cap: id of the capability
reason: why
by: who revoked it
time: when
`,
  }),
  'capability.used': meaning({
    does: 'a use of a capability, or the sum of all its uses',
    spec: 'docs/SPEC.md 4.6',
    fields: `
cap: id of the capability
idem: which use; null: the sum of all
amounts: what was taken
amounts.calls: calls
amounts.jobs: jobs
amounts.tokens: tokens
amounts.gpu_ms: milliseconds of a graphics processor
amounts.runs: runs
amounts.workers: workers
amounts.cpu_us: microseconds of a processor
amounts.io: input and output
amounts.events: events
time: when
replaces: the sum before it
`,
  }),
  'effect.register': entry('a registered effect: a lease was taken before the tool was called'),
  'effect.ended': entry('an effect whose invocation ended without an outcome'),
  'effect.commit': entry('a completed effect: its receipt is the answer to every call with this key'),
  'effect.divergence': entry('a contradiction: the effect is closed until a quorum decides'),
  'effect.resolved': entry('what a quorum decided about an effect in doubt'),
  'effect.receipt': meaning({
    does: 'a receipt of a call that is no outcome in the ledger',
    spec: 'docs/SPEC.md 4.5',
    fields: `
id: id of the receipt
tool: id of the tool
request: SHA-256 of the exact request bytes
capability: id of the capability under which it was called
use: which use of the capability it is
began: when the call began
receipt: the Receipt
response: the response as it is kept
response.hash: SHA-256 of the exact bytes
response.size: how many bytes
response.inline: the bytes themselves
response.blob: git object with the bytes
`,
    objects: { receipt: 'Receipt' },
  }),
};
