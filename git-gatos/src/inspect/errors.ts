/** Faults of `inspect`. */
import { errorArea } from 'gatos-core';

export const inspectError = errorArea('inspect', {
  nothing: {
    kind: 'missing',
    message: (d: { id: string }) => `\`${d.id}\` is no file, and nothing here has that id`,
    hint: () =>
      'an id may be a ref, a commit, a CID, a ulid, or the hexadecimal id of a blob, an effect or a capability',
  },
  'not-that': {
    kind: 'input',
    message: (d: { as: string; why: string }) => `it cannot be read as \`${d.as}\`: ${d.why}`,
  },
  'unknown-form': {
    kind: 'input',
    message: (d: { as: string }) => `\`${d.as}\` is no form that \`inspect\` knows`,
    hint: () => 'the name of a MYTHOS struct such as Receipt, or one of packet, packet-ctvp, can, cbor, json',
  },
});
