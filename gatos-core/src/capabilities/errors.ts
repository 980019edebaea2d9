/** Faults of the capability plane. Each refusal names what would make it pass. */
import { EXIT, errorArea } from '../kernel/index.js';

const short = (id: string): string => (id.length > 16 ? `${id.slice(0, 16)}…` : id);

export const capabilityError = errorArea('capabilities', {
  name: {
    kind: 'input',
    message: (d: { id: string }) => `\`${d.id}\` is not the id of a capability`,
    hint: () => 'an id has 64 hexadecimal digits; `git gatos cap list` shows them',
  },
  'no-such-capability': {
    kind: 'missing',
    message: (d: { id: string }) => `there is no capability \`${short(d.id)}\` in the log here`,
    hint: () => '`git gatos sync` brings those of others; `git gatos cap list` lists what is here',
  },
  'no-parent': {
    kind: 'missing',
    message: (d: { id: string; parent: string }) =>
      `capability \`${short(d.id)}\` is a part of \`${short(d.parent)}\`, which is not in the log here`,
    hint: () => '`git gatos sync` brings those of others',
  },
  'other-bytes': {
    kind: 'integrity',
    message: (d: { id: string }) => `other bytes than these are in the log as capability \`${short(d.id)}\``,
  },
  'other-id': {
    kind: 'integrity',
    message: (d: { id: string; found: string }) =>
      `capability \`${short(d.found)}\` stands in the place of \`${short(d.id)}\``,
  },
  'bad-parent': {
    kind: 'integrity',
    message: (d: { id: string; parent: string; why: string }) =>
      `the parent \`${short(d.parent)}\` of \`${short(d.id)}\` does not hold: ${d.why}`,
  },
  'bad-signature': {
    kind: 'integrity',
    exit: EXIT.untrusted,
    message: (d: { id: string; key: string }) =>
      `the signature of capability \`${short(d.id)}\` is not of its issuer ${d.key} over its id`,
  },
  'too-deep': {
    kind: 'limit',
    exit: EXIT.denied,
    message: (d: { id: string; limit: number }) =>
      `more than ${d.limit} capabilities rest on one another up to \`${short(d.id)}\``,
    hint: () => 'attenuate one that stands nearer to the root',
  },
  kind: {
    kind: 'unsupported',
    message: (d: { kind: number }) => `nobody here knows capabilities of kind ${d.kind}`,
    hint: () => 'kinds are 1 (BlobRead) to 11 (CellWrite); a newer version may know more',
  },
  'bad-scope': {
    kind: 'input',
    message: (d: { kind: string; why: string }) => `this is no scope of ${d.kind}: ${d.why}`,
  },
  'bad-window': {
    kind: 'input',
    message: (d: { from: string; until: string }) => `the window from ${d.from} until ${d.until} is empty`,
    hint: () => 'a capability begins before it ends',
  },
  'issuer-unknown': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { key: string; group: string }) => `the issuer ${d.key} of the root is nobody's key here`,
    hint: (d: { group: string }) => `root capabilities are issued by members of @${d.group}`,
  },
  'issuer-revoked': {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { key: string; actor: string; reason: string }) =>
      `the key ${d.key} of the issuer \`${d.actor}\` was revoked (${d.reason})`,
    hint: () => 'a member of the group issues the capability again, with a key that is valid',
  },
  'issuer-expired': {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { key: string; actor: string; from: string; until: string }) =>
      `the key ${d.key} of the issuer \`${d.actor}\` is valid from ${d.from} until ${d.until}`,
    hint: () => 'a member of the group issues the capability again, with a key that is valid',
  },
  'issuer-not-trusted': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { actor: string; group: string; kind: string }) =>
      `\`${d.actor}\` is not in @${d.group}, which issues ${d.kind}`,
    hint: (d: { actor: string; group: string }) =>
      `the roots may add the issuer: git gatos trust set-group ${d.group} ${d.actor} …`,
  },
  delegator: {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { id: string; why: string }) => `capability \`${short(d.id)}\` does not count any more: ${d.why}`,
    hint: () => 'what was given to that key is issued again to a key that is valid, and passed on anew',
  },
  'other-use': {
    kind: 'conflict',
    message: (d: { id: string; idem: string }) =>
      `the use \`${short(d.idem)}\` of capability \`${short(d.id)}\` was counted before with other amounts; nothing was counted now`,
    hint: () => 'what takes something else is another use: give it an id of its own',
  },
  'not-subject': {
    kind: 'denied',
    message: (d: { id: string; subject: string; agent: string }) =>
      `capability \`${short(d.id)}\` is for ${d.subject}, not for ${d.agent}`,
    hint: (d: { agent: string }) =>
      `act with the key that it is for, or have it attenuated: git gatos cap attenuate ID --subject ${d.agent}`,
  },
  'not-yet': {
    kind: 'denied',
    message: (d: { from: string; now: string }) => `it counts from ${d.from} on; it is ${d.now}`,
    hint: (d: { from: string }) => `wait until ${d.from}`,
  },
  expired: {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { until: string; now: string }) => `it ended at ${d.until}; it is ${d.now}`,
    hint: () => 'ask the issuer for a new one',
  },
  'out-of-scope': {
    kind: 'denied',
    message: (d: { kind: string; why: string }) => `the ${d.kind} goes beyond the scope: ${d.why}`,
    hint: (d: { kind: string }) => `it takes a ${d.kind} capability whose scope covers the request`,
  },
  exhausted: {
    kind: 'denied',
    message: (d: { id: string; meter: string; used: string; cost: string; max: string }) =>
      `of capability \`${short(d.id)}\` ${d.used} of ${d.max} ${d.meter} are used, and this takes ${d.cost}`,
    hint: () => 'ask the issuer for a new one, or for a larger one',
  },
  'not-delegable': {
    kind: 'denied',
    message: (d: { id: string; parent: string }) =>
      `capability \`${short(d.parent)}\` may not be passed on, and \`${short(d.id)}\` is a part of it`,
    hint: () => 'ask for one that is issued with `--delegable`',
  },
  'unfit-parent': {
    kind: 'denied',
    message: (d: { id: string; why: string }) => `nothing of capability \`${short(d.id)}\` can be passed on: ${d.why}`,
    hint: (d: { id: string }) => `\`git gatos cap verify ${d.id}\` shows every check`,
  },
  'other-issuer': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { id: string; issuer: string; parent: string; subject: string }) =>
      `capability \`${short(d.id)}\` is by ${d.issuer}, but its parent \`${short(d.parent)}\` is for ${d.subject}`,
    hint: (d: { subject: string }) => `only ${d.subject} can pass on a part of it`,
  },
  broader: {
    kind: 'denied',
    message: (d: { id: string; parent: string; why: readonly string[] }) =>
      `capability \`${short(d.id)}\` goes beyond its parent \`${short(d.parent)}\`: ${d.why.join('; ')}`,
    hint: () => 'a part allows at most what the whole allows, field by field',
  },
  'window-outside': {
    kind: 'denied',
    message: (d: { id: string; parent: string; from: string; until: string }) =>
      `the window of capability \`${short(d.id)}\` is not inside that of its parent \`${short(d.parent)}\``,
    hint: (d: { from: string; until: string }) => `the parent counts from ${d.from} until ${d.until}`,
  },
  revoked: {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { id: string; by: string; reason: string }) =>
      `capability \`${short(d.id)}\` was revoked by \`${d.by}\`: ${d.reason}`,
    hint: () => 'whatever rests on it fell with it; ask for a new one',
  },
  unchecked: {
    kind: 'unavailable',
    message: (d: { needs: string }) => `this could not be checked, so it does not count: ${d.needs}`,
    hint: () => '`git gatos sync` brings what others recorded',
  },
  'bad-root': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { id: string; why: string; group: string }) =>
      `the root capability \`${short(d.id)}\` is by nobody who may issue it: ${d.why}`,
    hint: (d: { group: string }) => `root capabilities of this kind are issued by members of @${d.group}`,
  },
  'may-not-issue': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { actor: string; kind: string; group: string }) =>
      `\`${d.actor}\` may not issue ${d.kind}, so nothing was recorded: that is for @${d.group}`,
    hint: (d: { actor: string; group: string }) =>
      `the roots may say so: git gatos trust set-group ${d.group} ${d.actor}`,
  },
  'may-not-revoke': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { actor: string; id: string; group: string }) =>
      `\`${d.actor}\` may not revoke \`${short(d.id)}\`: neither issued it or what it rests on, nor is in @${d.group}; it was not revoked`,
    hint: (d: { group: string }) => `a member of @${d.group} may`,
  },
  'bad-record': {
    kind: 'integrity',
    message: (d: { chain: string; seq: number; why: string }) =>
      `record ${d.seq} of \`${d.chain}\` does not hold: ${d.why}`,
    exit: EXIT.mismatch,
  },
  misplaced: {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `what stands in \`${d.chain}\` has no place there: ${d.why}`,
  },
});
