/**
 * Faults of identity, in the core and in its Node adapters. Rule for every entry: data and message carry names, paths and
 * reasons in our own words, never bytes of a key file, a passphrase or another program's message about them.
 */
import { EXIT, errorArea } from '../kernel/index.js';

const SHOWN = 80;

/** Foreign text as it may be shown on a terminal: one short line without control characters. */
export function shown(text: string): string {
  const line = text.slice(0, SHOWN).replace(/[^\x20-\x7e\u00a1-\ud7ff\ue000-\ufffd]/g, '\ufffd');
  return text.length > SHOWN ? `${line}…` : line;
}

export const identityError = errorArea('identity', {
  actor: {
    kind: 'input',
    message: (d: { text: string; why: string }) => `\`${shown(d.text)}\` is not an actor: ${d.why}`,
    hint: () =>
      'write it as `user:NAME`, `agent:NAME` or `service:NAME`, with NAME in lower case such as `alice` or `build-2`',
  },
  fingerprint: {
    kind: 'input',
    message: (d: { text: string; why: string }) => `\`${shown(d.text)}\` is not a key fingerprint: ${d.why}`,
    hint: () => 'it looks like `SHA256:` and 43 characters; `ssh-add -l` and `git gatos key list` print it',
  },
  'public-key': {
    kind: 'input',
    message: (d: { source: string; why: string }) => `\`${shown(d.source)}\` holds no usable public key: ${d.why}`,
    hint: () => 'expected is one line such as `ssh-ed25519 AAAA… comment`',
  },
  dsse: {
    kind: 'input',
    message: (d: { why: string }) => `not a DSSE envelope: ${d.why}`,
  },
  'allowed-signer': {
    kind: 'input',
    message: (d: { text: string; why: string }) =>
      `\`${shown(d.text)}\` cannot stand in an allowed signers file: ${d.why}`,
  },
  'key-name': {
    kind: 'input',
    message: (d: { name: string; why: string }) => `\`${shown(d.name)}\` cannot name a key: ${d.why}`,
    hint: () => 'use lower-case letters, digits, `.`, `_` and `-`, such as `laptop`',
  },
  'key-file': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `key file \`${d.path}\` is malformed: ${d.why}`,
    hint: () => 'restore it from a backup, or make another key with `git gatos key new`',
  },
  'unsupported-key': {
    kind: 'unsupported',
    message: (d: { path: string; what: string }) => `key \`${d.path}\` cannot sign here: ${d.what}`,
    hint: () => 'Ed25519 keys work: `ssh-keygen -t ed25519`, or `git gatos key new`',
  },
  'key-mismatch': {
    kind: 'integrity',
    message: (d: { path: string }) => `the public key in \`${d.path}\` is not that of its secret key`,
    hint: () => 'the file was altered or damaged; restore it from a backup',
  },
  'no-key': {
    kind: 'missing',
    message: (d: { source: string; looked: string }) => `no key \`${shown(d.source)}\`: looked in ${d.looked}`,
    hint: () => '`git gatos key list` shows the keys there are, `git gatos key new NAME` makes one',
  },
  'key-exists': {
    kind: 'conflict',
    exit: EXIT.no,
    message: (d: { path: string }) => `key file \`${d.path}\` exists and is never overwritten`,
    hint: () => 'choose another name, or move the old file away first',
  },
  'key-exposed': {
    kind: 'denied',
    exit: EXIT.no,
    message: (d: { path: string; mode: string; why: string }) =>
      `\`${d.path}\` (mode ${d.mode}) is not safe for a secret key: ${d.why}`,
    hint: (d: { path: string; fix: string }) => `if nobody else has used it: \`chmod ${d.fix} ${d.path}\``,
  },
  'key-io': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; operation: string; why: string }) =>
      `could not ${d.operation} \`${d.path}\`: ${d.why}`,
  },
  'passphrase-required': {
    kind: 'denied',
    exit: EXIT.no,
    message: (d: { source: string }) => `key \`${d.source}\` is locked with a passphrase, and none was given`,
    hint: () => 'run it on a terminal, or load the key into ssh-agent with `ssh-add`',
  },
  'passphrase-wrong': {
    kind: 'denied',
    exit: EXIT.no,
    message: (d: { source: string }) => `the passphrase does not open key \`${d.source}\``,
  },
  'passphrase-length': {
    kind: 'limit',
    message: (d: { limit: number }) => `a passphrase has 1 to ${d.limit} bytes`,
  },
  'agent-unavailable': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { socket: string; why: string }) => `ssh-agent at \`${d.socket}\` cannot be used: ${d.why}`,
    hint: () => 'start one with `eval "$(ssh-agent)"` and load the key with `ssh-add`',
  },
  'agent-refused': {
    kind: 'denied',
    exit: EXIT.no,
    message: (d: { socket: string; operation: string }) => `ssh-agent at \`${d.socket}\` refused to ${d.operation}`,
    hint: () => 'the agent may be locked (`ssh-add -X`), or you declined its question',
  },
  'agent-reply': {
    kind: 'input',
    exit: EXIT.temporary,
    message: (d: { socket: string; why: string }) => `ssh-agent at \`${d.socket}\` sent a malformed reply: ${d.why}`,
  },
  'agent-no-key': {
    kind: 'missing',
    message: (d: { socket: string; fingerprint: string }) =>
      `ssh-agent at \`${d.socket}\` does not hold key \`${d.fingerprint}\``,
    hint: () => 'load it with `ssh-add`; `ssh-add -l` lists what the agent holds',
  },
  'agent-too-large': {
    kind: 'limit',
    message: (d: { bytes: number; limit: number }) =>
      `ssh-agent signs at most ${d.limit} bytes at once, this message has ${d.bytes}`,
    hint: () => 'write smaller batches, or sign with a key file',
  },
  'bad-signature': {
    kind: 'integrity',
    message: (d: { source: string }) => `\`${d.source}\` returned a signature that does not verify`,
  },
});
