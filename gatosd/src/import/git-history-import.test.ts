import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EVENT_KIND,
  type Event,
  isGatosError,
  type JsonValue,
  journalHeads,
  type Oid,
  readOrdered,
  recordBody,
} from 'gatos-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initRepository } from '../founding.js';
import { openWorkspace, type Workspace } from '../workspace.js';
import { openGitHistory } from './git-history.js';
import { CLEAN, rebuild, ScratchHistory } from './git-history-scratch.js';
import { type ImportResult, importRows, type RejectedRow } from './importer.js';

interface Lab {
  readonly root: string;
  readonly workspace: Workspace;
}

async function openLab(): Promise<Lab> {
  const root = mkdtempSync(join(tmpdir(), 'gatos-import-'));
  const env = { ...CLEAN, HOME: root, XDG_CONFIG_HOME: join(root, 'config') };
  const options = { cwd: join(root, 'lab'), env, passphrase: async () => null };
  await initRepository({ ...options, profile: 'default', actor: 'user:alice' });
  return { root, workspace: await openWorkspace(options) };
}

async function closeLab({ root, workspace }: Lab): Promise<void> {
  await workspace.close();
  rmSync(root, { recursive: true, force: true });
}

async function importHistory(
  { workspace }: Lab,
  path: string,
  options: { onError?: 'stop' | 'skip'; rejected?: RejectedRow[] } = {},
): Promise<ImportResult> {
  const history = await openGitHistory({ path, source: 'source', revisions: [], env: CLEAN });
  try {
    return await importRows(workspace.repository, {
      rows: history.rows(),
      source: 'source',
      ns: 'history',
      type: { constant: 'commit' },
      keyColumns: ['commit'],
      onError: options.onError ?? 'stop',
      reject: async (row) => void options.rejected?.push(row),
      totalRows: history.total,
    });
  } finally {
    await history.close();
  }
}

async function eventsOf({ workspace }: Lab): Promise<Event[]> {
  const { backend } = workspace;
  const events: Event[] = [];
  for await (const entries of readOrdered(backend, { heads: await journalHeads(backend, 'history') })) {
    for (const { envelope } of entries)
      for (let i = 0; i < envelope.count; i++) events.push(recordBody(envelope, i, EVENT_KIND));
  }
  return events;
}

const field = (payload: JsonValue, name: string): JsonValue | undefined =>
  (payload as { readonly [key: string]: JsonValue })[name];

describe('a history as events', () => {
  let source: ScratchHistory;
  let lab: Lab;
  beforeEach(async () => {
    source = new ScratchHistory();
    lab = await openLab();
  });
  afterEach(async () => {
    source.dispose();
    await closeLab(lab);
  });

  it('is recorded once, in order, under the ids of the commits', async () => {
    const a = source.commit('a');
    const odd = source.write(
      `tree ${source.emptyTree}\nparent ${a}\nauthor \xff <> 99999999999999999999 +9999\ncommitter x\nencoding utf-16\n\n\xef\xbb\xbf\0`,
    );
    const huge = source.commit('é'.repeat(3_000_000), [odd]);
    source.ref('refs/heads/main', huge);
    expect(await importHistory(lab, source.path)).toEqual({ rows: 3, recorded: 3, existed: 0, rejected: 0 });
    const events = await eventsOf(lab);
    expect(events.map(({ type, key }) => [type, key])).toEqual([a, odd, huge].map((oid) => ['commit', oid]));
    expect(events.slice(0, 2).map(({ payload }) => rebuild(payload))).toEqual([source.raw(a), source.raw(odd)]);
    expect(field(events[2]?.payload ?? null, 'message_cut')).toMatchObject({ bytes: 3_000_001 });

    source.ref('refs/tags/other-name', a);
    expect(await importHistory(lab, source.path)).toEqual({ rows: 3, recorded: 0, existed: 3, rejected: 0 });
    source.ref('refs/heads/main', source.commit('next', [huge]));
    expect(await importHistory(lab, source.path)).toEqual({ rows: 4, recorded: 1, existed: 3, rejected: 0 });
    expect(await lab.workspace.repository.verify()).toMatchObject({ report: { outcome: 'pass' } });
  });

  it('stops at a commit that cannot be read, and names it', async () => {
    const a = source.commit('a');
    const b = source.commit('b', [a]);
    const c = source.commit('c', [b]);
    source.ref('refs/heads/main', c);
    unlinkSync(source.loosePath(b));
    source.ref('refs/tags/a', a);
    const error: unknown = await importHistory(lab, source.path).catch((thrown: unknown) => thrown);
    if (!isGatosError(error, 'import/bad-row')) throw error;
    expect(error.message).toBe(`commit \`${b}\` of \`source\`: object \`${b}\` is not in the repository`);
    expect(error.hint).toContain('--on-error skip');
  });

  it('goes on after it when told to', async () => {
    const a = source.commit('a');
    const b = source.commit('b', [a]);
    const c = source.commit('c', [b]);
    source.ref('refs/heads/main', c);
    source.ref('refs/tags/a', a);
    unlinkSync(source.loosePath(b));
    const rejected: RejectedRow[] = [];
    expect(await importHistory(lab, source.path, { onError: 'skip', rejected })).toEqual({
      rows: 3,
      recorded: 2,
      existed: 0,
      rejected: 1,
    });
    expect(rejected.map(({ raw, why }) => [Buffer.from(raw).toString(), why])).toEqual([
      [b, `object \`${b}\` is not in the repository`],
    ]);
    expect((await eventsOf(lab)).map(({ key }) => key).sort()).toEqual([a, c].sort());
  });
});

describe('a history of 20,000 commits', () => {
  const COMMITS = 20_000;
  let source: ScratchHistory;
  let lab: Lab;
  beforeAll(async () => {
    source = new ScratchHistory();
    lab = await openLab();
    source.git(['fast-import', '--quiet'], { input: fastImport(COMMITS) });
  });
  afterAll(async () => {
    source.dispose();
    await closeLab(lab);
  });

  it('is recorded within bounded memory, parents first, and nothing of it twice', async () => {
    const before = process.memoryUsage().rss;
    expect(await importHistory(lab, source.path)).toEqual({
      rows: COMMITS,
      recorded: COMMITS,
      existed: 0,
      rejected: 0,
    });
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    expect(grown).toBeLessThan(400);

    const seen = new Set<string>();
    for (const { payload, key } of await eventsOf(lab)) {
      for (const parent of field(payload, 'parents') as readonly Oid[]) expect(seen.has(parent)).toBe(true);
      seen.add(key ?? '');
    }
    const byGit = execFileSync('git', ['rev-list', '--all'], { cwd: source.path, env: CLEAN, maxBuffer: 1 << 28 });
    expect([...seen].sort()).toEqual(byGit.toString().trim().split('\n').sort());
    expect(await importHistory(lab, source.path)).toEqual({
      rows: COMMITS,
      recorded: 0,
      existed: COMMITS,
      rejected: 0,
    });
  }, 120_000);
});

/** Commits on a main line into which, every tenth time, an earlier one is merged. */
function fastImport(count: number): string {
  const parts: string[] = [];
  for (let i = 1; i <= count; i++) {
    const message = `change ${i}\n\nWhat it is about takes a line or two: number ${i}, of no use but for its length.\n`;
    const who = `Person ${i % 50} <p${i % 50}@example.com> ${1_000_000_000 + i * 977} +0${i % 10}00`;
    const merge = i > 20 && i % 10 === 0 ? `merge :${i - 7}\n` : '';
    const from = i > 1 ? `from :${i - 1}\n` : '';
    parts.push(
      `commit refs/heads/main\nmark :${i}\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n${message}${from}${merge}\n`,
    );
  }
  return parts.join('');
}
