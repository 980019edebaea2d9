/** Who did it: a contextual entity of the crate (profile, `agent`: a Person or an Organization). */
import { formatKey } from '../../codec/index.js';
import type { Entity } from './crate-entities.js';
import { encodePart } from './model.js';

export function agentId(actor: string): string {
  return `#${encodePart(actor)}`;
}

/** A user is a person. What else acts does so for those who run it: an organization, for want of another word in the profile. */
export function agentEntity(actor: string, key: Uint8Array): Entity {
  const [kind = '', ...rest] = actor.split(':');
  const person = kind === 'user';
  return {
    '@id': agentId(actor),
    '@type': person ? 'Person' : 'Organization',
    name: rest.join(':') || actor,
    identifier: formatKey(key),
    description: person ? `Signs as ${actor}` : `Those for whom ${actor} acts`,
  };
}
