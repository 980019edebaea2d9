import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { refOfChain } from '../../src/chain/index.js';
import { type GitBackend, memoryBackend } from '../../src/git/index.js';
import { nobleEngine, nobleSigner } from '../../src/identity/index.js';
import {
  contentHash,
  emit,
  findKeys,
  type JournalPorts,
  journalChain,
  type KeyIndex,
  keyHash,
  memoryKeyIndex,
  type NewEvent,
  UlidSource,
} from '../../src/journal/index.js';
import { found, type TrustHistory } from '../../src/trust/index.js';
import { seededRandom, steppingClock } from '../../testing/index.js';
import { fileKeyIndex } from './index.js';

const root = mkdtempSync(join(tmpdir(), 'gatos-keys-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const clock = steppingClock({ start: 1_700_000_000_000_000, step: 1 });
const random = seededRandom(5);
const engine = nobleEngine();
const signer = nobleSigner({ seed: new Uint8Array(32).fill(7), source: 'test' });
const actor = 'user:alice';
const REF = refOfChain(journalChain('default', actor));

let backend: GitBackend;
let trust: TrustHistory;
let directory: string;
let count = 0;

function ports(keys: KeyIndex): JournalPorts {
  return { backend, clock, random, keys, ulids: new UlidSource({ clock, random }) };
}

async function record(keys: KeyIndex, events: readonly NewEvent[]) {
  const request = { ns: 'default', actor, signer, trust, policy: null, events, perEnvelope: 3 };
  return (await emit(ports(keys), request)).events.map(({ status, cid }) => ({ status, cid: String(cid) }));
}

const event = (i: number): NewEvent => ({ type: 'add', payload: { n: i, note: 'é'.repeat(i) }, key: `k${i}` });
const some = (from: number, to: number): NewEvent[] => Array.from({ length: to - from }, (_, i) => event(from + i));

beforeEach(async () => {
  backend = memoryBackend();
  trust = await found({ backend, engine, clock, random }, { profile: 'default', actor, signer });
  directory = join(root, `${count++}`);
});

describe('recording with the look-up in files', () => {
  it('knows every event of another process, and refuses another content under its key', async () => {
    const first = await record(fileKeyIndex(directory), [...some(0, 10), { type: 'add', payload: 'no key' }]);
    const again = await record(fileKeyIndex(directory), some(0, 12));
    expect(again.slice(0, 10)).toEqual(first.slice(0, 10).map(({ cid }) => ({ status: 'exists', cid })));
    expect(again.slice(10).map(({ status }) => status)).toEqual(['recorded', 'recorded']);
    const changed = { ...event(3), payload: 'another' };
    await expect(record(fileKeyIndex(directory), [changed])).rejects.toMatchObject({ code: 'journal/duplicate-key' });
  });

  it('says of each key what the events say', async () => {
    const recorded = await record(memoryKeyIndex(), [...some(0, 9), { type: 'add', payload: { key: 'k99' } }]);
    const index = fileKeyIndex(directory);
    const keys = [...some(0, 9), event(99)].map(({ key }) => keyHash(key as string));
    const entries = await findKeys(backend, { index, ns: 'default' }, keys);
    expect(entries[9]).toBeUndefined();
    entries.slice(0, 9).forEach((entry, i) => {
      expect(entry?.content).toEqual(contentHash(event(i)));
      expect(recorded[i]?.cid).toContain('bafy');
    });
    expect(await findKeys(backend, { index: memoryKeyIndex(), ns: 'default' }, keys)).toEqual(entries);
  });

  it('rebuilds what was damaged before it answers', async () => {
    await record(fileKeyIndex(directory), some(0, 40));
    const index = fileKeyIndex(directory);
    await record(index, some(39, 41));
    let damaged = 0;
    for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.keys')) continue;
      const bytes = readFileSync(join(directory, name));
      bytes[70] = (bytes[70] as number) ^ 1;
      writeFileSync(join(directory, name), bytes);
      damaged += 1;
    }
    expect(damaged).toBeGreaterThan(0);
    const again = await record(index, some(0, 40));
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set(['exists']));
  });

  it('does without a look-up that never keeps anything right', async () => {
    await record(memoryKeyIndex(), some(0, 5));
    const broken: KeyIndex = { ...memoryKeyIndex(), lookup: async () => null };
    const again = await record(broken, some(0, 6));
    expect(again.map(({ status }) => status)).toEqual([...Array(5).fill('exists'), 'recorded']);
  });
});

describe('a chain that was replaced or removed', () => {
  it('leaves no key behind', async () => {
    await record(memoryKeyIndex(), some(0, 3));
    const base = await backend.refs.read(REF);
    const index = fileKeyIndex(directory);
    await record(index, some(3, 6));
    const head = await backend.refs.read(REF);
    await backend.refs.transaction([{ name: REF, expected: head, next: base }]);
    expect((await record(index, some(3, 6))).map(({ status }) => status)).toEqual(Array(3).fill('recorded'));
    expect((await record(index, some(0, 6))).map(({ status }) => status)).toEqual(Array(6).fill('exists'));
    await backend.refs.transaction([{ name: REF, expected: await backend.refs.read(REF), next: null }]);
    expect((await record(index, some(0, 6))).map(({ status }) => status)).toEqual(Array(6).fill('recorded'));
  });
});
