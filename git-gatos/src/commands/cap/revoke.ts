import { formatTime, revokeCapability } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { ID_POSITIONAL, pickNamed } from './named.js';
import { capabilitiesNow } from './view.js';

export const command = defineCommand({
  name: 'revoke',
  summary: 'take back a capability, and all that rests on it',
  description: `
Records that a capability no longer counts, and why. Whatever rests on it falls with it. It may be revoked by whoever issued it, or issued anything that it rests on, and by
members of the group that issues its kind. What was done before stays done.
`,
  positionals: [ID_POSITIONAL],
  options: {
    reason: { kind: 'text', required: true, placeholder: 'TEXT', summary: 'why; it is shown to whoever is refused' },
  },
  examples: [{ command: 'git gatos cap revoke 3f9ac41b --reason "laptop stolen"', note: 'with everything below it' }],
  exits: ['no', 'untrusted', 'missing', 'conflict', 'temporary'],
  seeAlso: ['cap list', 'cap verify'],
  run: async (context, { id, reason }) => {
    const { repository } = await context.openRepository();
    const { all } = await capabilitiesNow(context);
    const { held } = pickNamed(all, id);
    const request = { id: held.hex, reason };
    const { status, revocation } = await revokeCapability(repository.ports, await repository.writer(), request);
    const fell = all.filter(({ parents }) => parents.some(({ hex }) => hex === held.hex)).map((each) => each.held.hex);
    const { by, time } = revocation;
    return {
      value: { id: held.hex, status, by, reason: revocation.reason, time: formatTime(time), fell },
      text: [
        status === 'exists'
          ? `it was revoked before, by ${by}: ${revocation.reason}`
          : `revoked ${held.hex.slice(0, 16)}`,
        ...(status === 'exists' ? [] : fell.map((each) => `${each.slice(0, 16)} rests on it, and counts no more`)),
      ],
      next: ['it counts where it is known: git gatos sync'],
    };
  },
});
