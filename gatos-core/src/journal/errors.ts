/** Faults of the journal. */
import { errorArea } from '../kernel/index.js';

export const journalError = errorArea('journal', {
  'bad-event': {
    kind: 'input',
    message: (d: { why: string; index?: number }) =>
      `${d.index === undefined ? 'the event' : `event ${d.index}`} cannot be recorded: ${d.why}`,
  },
  'payload-too-large': {
    kind: 'limit',
    message: (d: { bytes: number; limit: number; index?: number }) =>
      `the event has ${d.bytes} bytes encoded, the limit is ${d.limit}`,
    hint: () => 'keep bulk data in a file and record its digest',
  },
  namespace: {
    kind: 'input',
    message: (d: { ns: string }) =>
      `\`${d.ns}\` cannot be a namespace: use lower-case letters, digits, \`.\`, \`_\` and \`-\``,
  },
  'unknown-namespace': {
    kind: 'missing',
    message: (d: { ns: string; known: readonly string[] }) => `there are no events in namespace \`${d.ns}\``,
    hint: (d: { known: readonly string[] }) =>
      d.known.length === 0
        ? 'record the first one: `git gatos emit --type T --payload JSON`'
        : `namespaces here: ${d.known.join(', ')}`,
  },
  'duplicate-key': {
    kind: 'conflict',
    message: (d: { ns: string; key: string; cid: string; index?: number }) =>
      `key \`${d.key}\` in namespace \`${d.ns}\` was already used for another event (\`${d.cid}\`)`,
    hint: () => 'one key stands for one event; use another key, or none',
  },
  'repeated-key': {
    kind: 'input',
    message: (d: { key: string; index?: number }) => `key \`${d.key}\` stands for two different events in one request`,
  },
  'other-actor': {
    kind: 'denied',
    message: (d: { chain: string; actor: string }) => `chain \`${d.chain}\` is not the chain of \`${d.actor}\``,
  },
});
