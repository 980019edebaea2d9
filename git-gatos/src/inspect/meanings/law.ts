/** Records of consent, of the gate and of the bus. */
import { ATTACHED, type KindMeaning, meaning } from './meaning.js';

const TERMS = `
action: what is to be allowed
target: to what
expires: until when, itself included; null: for ever
uses: how often it may be used; null: any number of times
policy_root: the policy in force to which it is bound; null: to none
`;

export const LAW: Readonly<Record<string, KindMeaning>> = {
  'governance.proposal': meaning({
    does: 'a proposal: what is to be allowed, and who has to agree',
    spec: 'docs/SPEC.md 3.5',
    fields: `
ulid: its id
${TERMS}
quorum: who has to agree, as an expression
reason: why, in the words of the proposer
under: grant on which it rests: it falls when that one falls
supersedes: grant that it replaces
`,
  }),
  'governance.approval': meaning({
    does: 'an approval: one principal agrees to exactly this proposal',
    spec: 'docs/SPEC.md 3.5',
    fields: `
proposal: record of the proposal
actor: who approves
comment: in their words
`,
  }),
  'governance.consensus': meaning({
    does: 'a Proof-of-Consensus: the approvals that meet the quorum',
    spec: 'docs/SPEC.md 2.7',
    fields: `
proposal: record of the proposal
approvals: records of the approvals that count
rule: how it was decided
quorum: the expression that is met
verdict: what was decided
trust: envelope of the trust chain by which groups were read
`,
  }),
  'governance.grant': meaning({
    does: 'a grant: what was allowed, by the proof of consensus that it names',
    spec: 'docs/SPEC.md 3.5',
    fields: `
proposal: record of the proposal
consensus: record of the proof
${TERMS}`,
  }),
  'governance.revocation': meaning({
    does: 'a revocation of a proposal, an approval or a grant',
    spec: 'docs/SPEC.md 3.5',
    fields: `
ulid: its id
target: record that is revoked
kind: what that is
reason: why
`,
  }),
  'governance.use': meaning({
    does: 'the use of a grant, told by whoever guards the gate',
    spec: 'docs/SPEC.md 3.5',
    fields: `
grant: record of the grant
ref: the ref that moved
old: where it was
new: where it went
decision: the decision that needed the grant
time: when
`,
  }),
  'gate.denial': meaning({
    does: 'a denial: a push that was refused, by which rules',
    spec: 'docs/SPEC.md 3.6',
    fields: `
ulid: its id
time: when the push came
pusher: who the transport said it was
updates: what was to move
updates[].ref: which ref
updates[].old: from where
updates[].new: to where
more_updates: updates that are not listed
signers: keys that signed what was pushed
refusals: what was refused, and by which rule
refusals[].ref: the ref; null: the push as a whole
refusals[].rule: the rule that refused
refusals[].what: what was refused
refusals[].why: reasons
refusals[].pass: what would make it pass
refusals[].because: the clause of a policy that decided
more_refusals: refusals that are not listed
policy_root: the policy that was asked
policy_code_root: digest of its compiled form
input: the document that the policy was asked about
decision: what the policy said
suppressed: denials before it that were not recorded
${ATTACHED}`,
  }),
  'bus.message': meaning({
    does: 'a message on a topic',
    spec: 'docs/SPEC.md 3.7',
    fields: `
ulid: id of the message
type: what sort of message it is
payload: what it says; any JSON
key: the same key twice is handled once
`,
  }),
  'bus.end': meaning({
    does: 'the end of a segment: it gets no more messages',
    spec: 'docs/SPEC.md 3.7',
    fields: `
next: the segment that goes on
count: messages of this one
bytes: bytes of their bodies
`,
  }),
  'bus.offset': meaning({
    does: 'how far a consumer has come',
    spec: 'docs/SPEC.md 3.7',
    fields: `
topic: the topic
consumer: who consumes
segment: the segment in which it is
seq: the next message to handle
handled: messages handled so far
conflicts: messages that use a key again for something else
seen: keys that it remembers, so that none is handled twice
`,
  }),
  'bus.topic': meaning({
    does: 'where a topic starts',
    spec: 'docs/SPEC.md 3.7',
    fields: `
topic: the topic
first: its first segment
`,
  }),
  'bus.summary': meaning({
    does: 'a summary: it takes the place of a segment that was pruned, and proves each of its messages',
    spec: 'docs/SPEC.md 3.7',
    fields: `
topic: the topic
segment: the segment that it stands for
head: envelope that ended it
next: the segment after it
first: its first message
last: its last message
count: its messages
bytes: bytes of their bodies
root: Merkle root over its messages
from: time of the first message
to: time of the last message
`,
  }),
};
