import { formatFingerprint, formatKey } from 'gatos-core';
import { listAgentKeys, listOwnKeys } from 'gatos-core/node';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'list',
  summary: 'list keys that could sign',
  description: 'Lists your own key files, and with `--agent` the Ed25519 keys that ssh-agent holds.',
  options: { agent: { kind: 'flag', summary: 'those in ssh-agent too' } },
  examples: [{ command: 'git gatos key list --agent', note: 'those that ssh-agent holds too' }],
  exits: ['unchecked'],
  seeAlso: ['key new', 'key show'],
  run: async ({ env, colour }, { agent }) => {
    const { keys, unreadable } = await listOwnKeys(env);
    const own = keys.map(({ name, path, key, sealed }) => ({
      name,
      path,
      key: formatKey(key),
      fingerprint: formatFingerprint(key),
      sealed,
    }));
    const held = agent ? await agentKeys(env.SSH_AUTH_SOCK) : [];
    const text = [
      ...own.map(({ name, key, sealed }) => `${colour.bold(name)} ${key}${sealed ? ' (sealed)' : ''}`),
      ...held.map(({ fingerprint, key }) => `agent:${fingerprint} ${key}`),
      ...unreadable.map(({ path, fault }) => `${path}: ${fault.message}`),
    ];
    const value = {
      keys: own,
      agent: held,
      unreadable: unreadable.map(({ path, fault }) => ({ path, why: fault.message })),
    };
    return {
      value,
      text: text.length === 0 ? 'no keys yet' : text,
      next: text.length === 0 ? ['make one: git gatos key new NAME'] : [],
    };
  },
});

async function agentKeys(socket: string | undefined) {
  const found = socket === undefined ? [] : await listAgentKeys({ socket });
  return found.map(({ key }) => ({ fingerprint: formatFingerprint(key), key: formatKey(key) }));
}
