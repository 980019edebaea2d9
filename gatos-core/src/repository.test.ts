import { describe, expect, it } from 'vitest';
import { loadEngine } from '../node/index.js';
import { LawWorld, lawSigner } from '../testing/law-world.js';
import { readHead } from './chain/index.js';
import { makeBundle, newestCheckpoint } from './fold/index.js';
import { memoryBackend } from './git/index.js';
import { openRepository } from './repository.js';

const ALICE = { actor: 'user:alice', signer: lawSigner('user:alice') };
const LAW = { 'one.rgs': 'deny "one" message "one" when { input.pusher == "one" }\n' };

const engine = await loadEngine();
const sandbox = async () => engine;

async function opened() {
  const world = await LawWorld.open(1);
  return { world, repository: openRepository({ ...world.ports, author: async () => ALICE, sandbox }) };
}

describe('the policy of a repository', () => {
  it('is cited by what is recorded, from its adoption on', async () => {
    const { world, repository } = await opened();
    const emit = async () => {
      const { appended } = await repository.emit([{ type: 'e', payload: {} }], { ns: 'default' });
      return appended[0]?.envelope.policy ?? null;
    };
    expect([await repository.policy(), await repository.policyRoot(), await emit()]).toEqual([null, null, null]);
    const first = await world.adopt(LAW, ['user:alice']);
    expect((await emit())?.equals(first.envelope.cid)).toBe(true);
    const second = await world.adopt({ ...LAW, 'README.md': '' }, ['user:alice']);
    expect((await emit())?.equals(second.envelope.cid)).toBe(true);
    expect((await repository.policy())?.root.equals(second.envelope.cid)).toBe(true);
  });

  it('is cited by checkpoints, and by the definitions of what they fold', async () => {
    const { world, repository } = await opened();
    const { envelope } = await world.adopt(LAW, ['user:alice']);
    await repository.emit([{ type: 'e', payload: {} }], { ns: 'default' });
    const terms = { name: 'count', ns: 'default', version: 1, gas: 1_000_000, memory: 16 * 1024 * 1024 };
    await repository.fold(makeBundle(terms, 'export function fold(state) { return { n: (state.n ?? 0) + 1 }; }'));
    const checkpoint = await newestCheckpoint(world.backend, 'count');
    const definition = await readHead(world.backend, 'folds/count');
    for (const root of [checkpoint?.body.policy_root, checkpoint?.entry.envelope.policy, definition?.envelope.policy])
      expect(root?.equals(envelope.cid)).toBe(true);
    expect((await repository.verify()).report.outcome).toBe('pass');
  });

  it('is opened once, and again when another one was adopted', async () => {
    const { world, repository } = await opened();
    await world.adopt(LAW, ['user:alice']);
    const policy = await repository.policy();
    expect(policy?.program.heads.map(({ id }) => id)).toEqual(['one']);
    expect(await repository.policy()).toBe(policy);
    await world.adopt({ 'README.md': '' }, ['user:alice']);
    expect((await repository.policy())?.program.heads).toEqual([]);
  });

  it('is verified with the rest', async () => {
    const { world, repository } = await opened();
    await world.adopt(LAW, ['user:alice']);
    const { report } = await repository.verify();
    expect(report.outcome).toBe('pass');
    expect(report.checks.filter(({ name }) => name === 'policy-code')).toHaveLength(1);
    const only = await repository.verify({ only: ['journal/'] });
    expect(only.report.checks.some(({ name }) => name === 'policy-code')).toBe(false);
  });

  it('is none where nothing was founded', async () => {
    const backend = memoryBackend();
    const { world } = await opened();
    const repository = openRepository({ ...world.ports, backend, author: async () => ALICE, sandbox });
    expect([await repository.policy(), await repository.policyRoot()]).toEqual([null, null]);
  });
});
