import { attenuateCapability, capabilityError, capabilityKindName } from 'gatos-core';
import type { ScopeName } from 'gatos-core/mythos';
import { defineCommand } from '../../command/index.js';
import { made } from './made.js';
import { ID_POSITIONAL, namedCapability } from './named.js';
import { LIMIT_OPTIONS, narrowed } from './scope.js';
import { agentNamed, TERMS_OPTIONS, windowOf } from './terms.js';

export const command = defineCommand({
  name: 'attenuate',
  summary: 'pass on a part of a capability that is yours',
  description: `
Signs a capability that rests on another one, and records it. What you do not say stays as it is there; constraints come on top of those that are there. It allows no
more than the whole, field by field; every use of it counts on the whole as well, and when the whole is revoked, it falls.
`,
  positionals: [ID_POSITIONAL],
  options: { ...TERMS_OPTIONS, ...LIMIT_OPTIONS },
  examples: [
    {
      command: 'git gatos cap attenuate 3f9ac41b --subject user:carol --max-calls 2 --for 1d',
      note: 'two of the calls, today',
    },
  ],
  exits: ['no', 'untrusted', 'missing', 'conflict', 'denied', 'expired', 'temporary', 'unchecked'],
  seeAlso: ['cap issue', 'cap show'],
  run: async (context, given) => {
    const workspace = await context.openRepository();
    const { repository, engine } = workspace;
    const { held } = await namedCapability(context, given.id);
    const { kind } = held.capability.scope;
    if (held.scope === null) throw held.faults.scope ?? capabilityError('kind', { kind });
    const writer = await repository.writer();
    const now = Math.floor(repository.ports.clock.now());
    const otherwise = {
      notBefore: Number(held.capability.not_before),
      expiresAt: Number(held.capability.expires_at),
    };
    const terms = {
      parent: held.hex,
      subject: agentNamed(writer.trust, given.subject, now),
      scope: narrowed(held.scope, capabilityKindName(kind) as ScopeName, given),
      ...windowOf(given, { now, otherwise }),
      delegable: given.delegable,
    };
    return made(context, await attenuateCapability({ ...repository.ports, engine }, writer, terms), given.out);
  },
});
