/** Records of trust, journals, folds, states and policies. */
import { ATTACHED, type KindMeaning, meaning } from './meaning.js';

export const FOUNDATION: Readonly<Record<string, KindMeaning>> = {
  'trust.genesis': meaning({
    does: 'the first record of a repository: who is trusted from the start',
    spec: 'docs/SPEC.md 3.1',
    fields: `
nonce: random bytes, so that two repositories founded alike differ
profile: the rules under which the repository is run
threshold: how many roots have to sign a change of trust
roots: actors who may change whom to trust
principals: actors and their keys
principals[].actor: who
principals[].keys: the keys that sign for this actor
principals[].keys[].key: public key
principals[].keys[].not_before: place in history from which the key counts
principals[].keys[].not_after: place in history up to which the key counts
groups: named groups of actors, for quorums and rights
groups[].name: name of the group
groups[].members: actors in it
`,
  }),
  'trust.change': meaning({
    does: 'a change of whom to trust, signed by as many roots as the genesis or a later change asks for',
    spec: 'docs/SPEC.md 3.1',
    fields: `
op: what changes: a key, a group, the roots
actor: whose key it is
key: public key
not_before: place in history from which the key counts
not_after: place in history up to which the key counts
at: place in history from which the revocation counts
clock: place in history
time: when, as claimed
reason: why
replaces: the key that it takes the place of
old: the key that it takes the place of
new: the key that counts from now on
name: name of the group
group: name of the group
members: actors in the group
roots: actors who may change whom to trust
threshold: how many roots have to sign
profile: the rules under which the repository is run
`,
  }),
  'journal.event': meaning({
    does: 'an event: something that happened, as its actor tells it',
    spec: 'docs/SPEC.md 2.4',
    fields: `
ulid: id of the event; its first part is a time
type: what sort of event it is
payload: what happened; any JSON
key: chosen by the writer: the same key twice is one event
`,
  }),
  'fold.definition': meaning({
    does: 'a fold: the program that makes a state of events',
    spec: 'docs/SPEC.md 2.5',
    fields: `
manifest: what the fold asks for
manifest.name: name of the fold
manifest.ns: namespace whose events it folds
manifest.version: version of the form of the manifest
manifest.gas: gas units that one event may take
manifest.memory: bytes of memory that it may take
manifest.initial: the state before the first event
fold_root: digest of manifest and sources: the identity of the fold
${ATTACHED}`,
  }),
  'state.checkpoint': meaning({
    does: 'a Proof-of-Fold: which events, folded by which program, give which state',
    spec: 'docs/SPEC.md 2.5',
    fields: `
name: name of the fold and the state
ns: namespace whose events were folded
fold_version: version of the fold
windows: stretches of journals that were folded since the base
windows[].chain: the journal
windows[].first_seq: number of the first record folded
windows[].last_seq: number of the last record folded
windows[].head: envelope that ends the stretch
events: events that went into the state
history_root: Merkle root over all events, in their order
policy_root: the policy that was in force
policy_code_root: digest of its compiled form
fold_root: identity of the fold
engine: the sandbox that computed it
gas_used: work that it took, in gas units
state_root: digest of the state
prev_state: the checkpoint before it
base: the checkpoint from which it goes on; absent: from the beginning
base.events: events in the base
base.state_root: digest of the state of the base
base.gas_used: gas that the base took
base.frontier: the right edge of the Merkle tree over its events
base.heads: where its journals ended
base.heads[].chain: the journal
base.heads[].head: envelope that ends it
base.skip: events of the stretch that the base has already
${ATTACHED}`,
  }),
  'policy.bundle': meaning({
    does: 'an adopted policy: the law in force from there on',
    spec: 'docs/SPEC.md 2.6',
    fields: `
language: version of the policy language
modules: sources of the policy, by path
adrs: decisions in prose from which rules are taken
policy_code_root: digest of the compiled form
note: why it was adopted
path: path of a source
cid: its digest
size: its bytes
id: number of the decision
title: title of the decision
module: the source that it holds
${ATTACHED}`,
  }),
};
