/** States, policies, consent, keys. */
import { join } from 'node:path';
import { openRepository } from 'gatos-core';
import { loadEngine, nativeEngine, systemClock, systemRandom } from 'gatos-core/node';
import type { Case } from './case.js';
import type { DoctorWorld } from './world.js';

const JOURNAL = 'refs/gatos/journal/default/user-alice';
const STATE = 'refs/gatos/state/sum';
const DAY = 86_400_000;

function inDays(days: number): string {
  return `${new Date(Date.now() + days * DAY).toISOString().slice(0, 19)}Z`;
}

/** An event at a place before others that a checkpoint has folded: its writer had not seen them. */
async function late(world: DoctorWorld): Promise<void> {
  const { work } = world;
  await world.gatos(work, 'key', 'new', 'bot');
  await world.gatos(work, 'trust', 'add', 'agent:bot', 'bot');
  for (const n of [6, 7, 8]) await world.emit(work, n);
  await world.gatos(work, 'fold', 'run', 'sum');
  const kept = [JOURNAL, STATE].map((ref) => [ref, world.git(work, 'rev-parse', ref)] as const);
  for (const [ref] of kept) world.git(work, 'update-ref', '-d', ref);
  await world.gatos(work, 'config', 'set', 'actor', 'agent:bot');
  await world.gatos(work, 'config', 'set', 'key', 'bot');
  await world.emit(work, 100);
  for (const [ref, oid] of kept) world.git(work, 'update-ref', ref, oid);
  await world.gatos(work, 'config', 'set', 'actor', 'user:alice');
  await world.gatos(work, 'config', 'set', 'key', 'default');
}

/** A checkpoint by an engine of another version. */
async function byOtherEngine(world: DoctorWorld): Promise<void> {
  await world.emit(world.work, 6);
  await world.within(world.work, async ({ backend, author, repository }) => {
    const engine = await loadEngine();
    const other = Object.create(engine, { id: { value: `${engine.id}+older` } }) as typeof engine;
    const ports = { backend, engine: nativeEngine(), clock: systemClock, random: systemRandom, author };
    const old = openRepository({ ...ports, sandbox: async () => other });
    await old.fold(await repository.openFold('sum'));
  });
}

const POLICY = (because: string): string => `deny "freeze" message "{u.ref} is frozen" because "${because}" when {
  u in input.updates
  u.ref == "refs/heads/frozen"
}
`;
const TEST = (expect: string): string => `test "frozen" {
  given { "updates": [{ "ref": "refs/heads/frozen" }] }
  expect ${expect}
}
`;

function policy(world: DoctorWorld, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) world.write(join(world.work, 'gatos/policies', name), text);
}

/** A proposal that alice alone can grant. */
async function propose(world: DoctorWorld, ...more: readonly string[]): Promise<string> {
  const what = ['--action', 'deploy', '--target', "the lab's", '--quorum', '1 of user:alice', ...more];
  return String((await world.json(world.work, 'propose', ...what)).id);
}

async function grant(world: DoctorWorld, id: string): Promise<void> {
  await world.gatos(world.work, 'approve', id);
  await world.gatos(world.work, 'grant', id);
}

export const LAW_CASES: readonly Case[] = [
  {
    code: 'unproved-checkpoint',
    note: 'its definition is gone',
    provoke: ({ git, work }) => {
      git(work, 'update-ref', '-d', 'refs/gatos/folds/sum');
    },
  },
  { code: 'other-engine', provoke: byOtherEngine },
  { code: 'broken-seal', from: 'research', provoke: late },
  { code: 'shifted-checkpoint', provoke: late },
  { code: 'stale-checkpoint', provoke: (world) => world.emit(world.work, 6) },
  { code: 'no-policy', provoke: () => undefined },
  {
    code: 'policy-adr-missing',
    provoke: async (world) => {
      policy(world, { 'freeze.rgs': POLICY('0007-freeze.md') });
      await world.gatos(world.work, 'policy', 'adopt');
    },
    mend: async (world, line) => {
      policy(world, { '0007-freeze.md': '# 7. Freeze\n' });
      await world.shell(world.work, line);
    },
  },
  {
    code: 'policy-tests-fail',
    provoke: async (world) => {
      policy(world, { 'freeze.rgs': POLICY('the freeze'), 'freeze_test.rgs': TEST('allow') });
      await world.gatos(world.work, 'policy', 'adopt', '--untested');
    },
    mend: async (world, line) => {
      policy(world, { 'freeze_test.rgs': TEST('deny "freeze"') });
      await world.shell(world.work, line);
    },
  },
  {
    code: 'grant-expires',
    provoke: async (world) => grant(world, await propose(world, '--expires', '12h')),
    mend: async (world, line) => {
      await world.shell(world.work, line);
      const open = JSON.parse(await world.gatos(world.work, '--json', 'proposals')) as { id: string; state: string }[];
      for (const { id, state } of open) if (state === 'proposal') await grant(world, id);
    },
  },
  {
    code: 'proposal-stuck',
    note: 'nobody is in the group',
    provoke: async (world) => {
      await propose(world, '--quorum', '2 of @nobody');
    },
  },
  {
    code: 'proposal-stuck',
    note: 'the only one who could took the approval back',
    provoke: async (world) => {
      const id = await propose(world);
      await world.gatos(world.work, 'approve', id);
      await world.gatos(world.work, 'revoke', id, '--what', 'approval', '--reason', 'no');
    },
  },
  {
    code: 'capability-orphaned',
    provoke: async (world) => {
      await world.gatos(world.work, 'trust', 'set-group', 'cap-blob', 'user:alice');
      await world.gatos(
        world.work,
        'cap',
        'issue',
        '--subject',
        'user:alice',
        '--blob',
        'ab'.repeat(32),
        '--for',
        '1d',
      );
      await world.gatos(world.work, 'trust', 'set-group', 'cap-blob', 'user:bob');
    },
  },
  {
    code: 'key-expires',
    provoke: async (world) => {
      await world.gatos(world.work, 'key', 'new', 'bob');
      await world.gatos(world.work, 'trust', 'add', 'user:bob', 'bob', '--until', inDays(5));
    },
    mend: null,
  },
  {
    code: 'own-key-expires',
    provoke: async (world) => {
      await world.gatos(world.work, 'key', 'new', 'short');
      await world.gatos(world.work, 'trust', 'add', 'user:alice', 'short', '--until', inDays(5));
      await world.gatos(world.work, 'config', 'set', 'key', 'short');
    },
  },
];
