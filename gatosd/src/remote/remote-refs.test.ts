/** Clones that write to one remote first: who wins, who loses, and what is left when the remote does not answer. */
import { renameSync } from 'node:fs';
import { isGatosError, type Oid } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import { type Entered, ScratchClones } from '../scratch-clones.js';
import { ScratchWorld } from '../scratch-world.js';
import type { RemoteStep } from './index.js';

const world = new ScratchWorld();
const scratch = new ScratchClones(world);
afterAll(() => scratch.dispose());

const refOf = (ns: string) => `refs/gatos/journal/${ns}/user-alice`;
const code = (what: string) => (error: unknown) => isGatosError(error, what);

async function three(options: Parameters<ScratchClones['hub']>[1] & { config?: readonly string[] } = {}) {
  const { hub, clones } = await scratch.hub(3, options);
  for (const setting of options.config ?? []) world.git(hub, 'config', ...setting.split('='));
  return { hub, clones };
}

/** What each clone would write: a first event of a namespace, different in each. */
async function rivals(clones: readonly string[], ns: string): Promise<readonly Oid[]> {
  const drafts: Oid[] = [];
  for (const [i, cwd] of clones.entries()) drafts.push(await scratch.draft(cwd, ns, `of ${i}`));
  return drafts;
}

const create = ({ backend }: Entered, name: string, next: Oid) =>
  backend.refs.transaction([{ name, expected: null, next }]);

describe.each(['sha1', 'sha256'] as const)('racing clones (%s)', (format) => {
  it('that make one ref: one wins, the others are told and see what won', async () => {
    const { hub, clones } = await three({ format });
    const opened = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    for (let round = 0; round < 3; round++) {
      const ns = `race${round}`;
      const drafts = await rivals(clones, ns);
      const ends = await Promise.allSettled(opened.map((each, i) => create(each, refOf(ns), drafts[i] as Oid)));
      const winner = ends.findIndex(({ status }) => status === 'fulfilled');
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const [i, end] of ends.entries()) {
        if (end.status === 'rejected') expect(end.reason).toSatisfy(code('git/ref-moved'));
        expect(await opened[i]?.backend.refs.read(refOf(ns))).toBe(drafts[winner]);
      }
      expect(world.git(hub, 'rev-parse', refOf(ns)).trim()).toBe(drafts[winner]);
    }
  });

  it('that move one ref: the one that is late is told what is there', async () => {
    const { clones } = await three({ format });
    const [one, two] = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    if (one === undefined || two === undefined) return expect.unreachable();
    await one.repository.emit([{ type: 'test', payload: 1 }], { ns: 'moved' });
    expect(await two.backend.refs.read(refOf('moved'))).toBeNull();
    await two.backend.refresh({ prefixes: ['refs/gatos/journal/'] });
    const from = await two.backend.refs.read(refOf('moved'));
    const late = await scratch.draft(two.cwd, 'moved', 'late');
    await one.repository.emit([{ type: 'test', payload: 2 }], { ns: 'moved' });
    const now = await one.backend.refs.read(refOf('moved'));
    const edit = { name: refOf('moved'), expected: from, next: late };
    await expect(two.backend.refs.transaction([edit])).rejects.toMatchObject({
      code: 'git/ref-moved',
      data: { ref: refOf('moved'), expected: from, found: now },
    });
    expect(await two.backend.refs.read(refOf('moved'))).toBe(now);
    await two.repository.emit([{ type: 'test', payload: 3 }], { ns: 'moved' });
    await one.backend.refresh();
    expect(await one.backend.refs.read(refOf('moved'))).toBe(await two.backend.refs.read(refOf('moved')));
  });
});

describe('several refs', () => {
  it('move together or not at all', async () => {
    const { hub, clones } = await three();
    const [one, two] = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    if (one === undefined || two === undefined) return expect.unreachable();
    const drafts = await Promise.all(['a', 'b', 'c'].map((ns) => scratch.draft(two.cwd, ns, 'mine')));
    await create(one, refOf('b'), await scratch.draft(one.cwd, 'b', 'theirs'));
    const before = world.heads(hub);
    const edits = ['a', 'b', 'c'].map((ns, i) => ({ name: refOf(ns), expected: null, next: drafts[i] as Oid }));
    await expect(two.backend.refs.transaction(edits)).rejects.toSatisfy(code('git/ref-moved'));
    expect(world.heads(hub)).toEqual(before);
    expect(await two.backend.refs.read(refOf('a'))).toBeNull();
    expect(await two.backend.refs.read(refOf('c'))).toBeNull();
    await two.backend.refs.transaction(edits.filter(({ name }) => name !== refOf('b')));
    expect(world.heads(hub)).toEqual(world.heads(two.cwd));
    const [a = ''] = drafts;
    const gone = { name: refOf('a'), expected: a, next: null };
    await two.backend.refs.transaction([gone, { name: refOf('d'), expected: null, next: a }]);
    expect(world.heads(hub).get('journal/d/user-alice')).toBe(a);
    expect(world.heads(hub).has('journal/a/user-alice')).toBe(false);
    expect(world.heads(hub)).toEqual(world.heads(two.cwd));
  });

  it('are no more than one push can take', async () => {
    const { clones } = await three();
    const { backend } = await scratch.enter(clones[0] as string);
    const edits = Array.from({ length: 501 }, (_, i) => ({ name: refOf(`n${i}`), expected: null, next: null }));
    await expect(backend.refs.transaction(edits)).rejects.toSatisfy(code('remote/too-many'));
  });
});

describe('what this clone knows by itself', () => {
  it('is not asked of the remote: other values here, missing objects, refs that stay here', async () => {
    const { hub, clones } = await three();
    const { backend } = await scratch.enter(clones[0] as string);
    renameSync(hub, `${hub}-away`);
    const trust = await backend.refs.read('refs/gatos/trust');
    const from = '1'.repeat(40);
    await expect(
      backend.refs.transaction([{ name: 'refs/gatos/trust', expected: from, next: trust }]),
    ).rejects.toMatchObject({ code: 'git/ref-moved', data: { found: trust } });
    await expect(backend.refs.transaction([{ name: refOf('x'), expected: null, next: from }])).rejects.toSatisfy(
      code('git/missing-object'),
    );
    for (const name of ['refs/gatos/cache/x', 'refs/heads/x']) {
      await backend.refs.transaction([{ name, expected: null, next: trust }]);
      expect(await backend.refs.read(name)).toBe(trust);
    }
  });
});

describe('a remote that does not answer', () => {
  it('moves nothing here, and is told from one that refuses', async () => {
    const { hub, clones } = await three();
    const opened = await scratch.enter(clones[0] as string);
    const next = await scratch.draft(opened.cwd, 'x', 'mine');
    renameSync(hub, `${hub}-away`);
    const before = world.heads(opened.cwd);
    await expect(create(opened, refOf('x'), next)).rejects.toMatchObject({
      code: 'remote/unreachable',
      kind: 'unavailable',
      exit: 75,
    });
    await expect(opened.backend.refresh()).rejects.toSatisfy(code('remote/unreachable'));
    expect(world.heads(opened.cwd)).toEqual(before);
    renameSync(`${hub}-away`, hub);
    await create(opened, refOf('x'), next);
    expect(world.heads(hub).get('journal/x/user-alice')).toBe(next);
  });

  it.each([
    ['hides its refs from all', 'transfer.hideRefs=refs/gatos'],
    ['hides its refs from those who push', 'receive.hideRefs=refs/gatos/journal'],
    ['takes no pushes of this size', 'receive.maxInputSize=10'],
  ])('%s refuses', async (_, config) => {
    const { hub, clones } = await three({ config: [config] });
    const opened = await scratch.enter(clones[0] as string);
    const next = await scratch.draft(opened.cwd, 'x', 'mine');
    const before = world.heads(opened.cwd);
    await expect(create(opened, refOf('x'), next)).rejects.toMatchObject({
      code: 'remote/refused',
      exit: 12,
      data: { remote: 'origin', refs: [refOf('x')] },
    });
    expect([world.heads(opened.cwd), world.heads(hub).has('journal/x/user-alice')]).toEqual([before, false]);
  });

  it('shows some of its refs takes what it may, and what it holds unseen is no race without end', async () => {
    const { hub, clones } = await three({ config: ['uploadpack.hideRefs=refs/gatos/journal/hidden'] });
    const [one, two] = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    if (one === undefined || two === undefined) return expect.unreachable();
    const drafts = await rivals(clones.slice(0, 2), 'hidden');
    await create(one, refOf('hidden'), drafts[0] as Oid);
    expect(world.heads(hub).get('journal/hidden/user-alice')).toBe(drafts[0]);
    await expect(create(two, refOf('hidden'), drafts[1] as Oid)).rejects.toSatisfy(code('remote/refused'));
  });

  it('is not a remote of this clone', async () => {
    const { clones } = await three();
    const { backend } = await scratch.enter(clones[0] as string, { remote: 'nowhere' });
    await expect(backend.refresh()).rejects.toSatisfy(code('remote/unreachable'));
  });
});

describe('what was written here alone', () => {
  it('is to be passed on first, and is not overwritten', async () => {
    const { hub, clones } = await three();
    const opened = await scratch.enter(clones[0] as string);
    await world.emit(opened.cwd, ['offline'], { ns: 'x' });
    const [before, there] = [world.heads(opened.cwd), world.heads(hub)];
    const append = () => opened.repository.emit([{ type: 'test', payload: 1 }], { ns: 'x' });
    await expect(append()).rejects.toSatisfy(code('remote/unpushed'));
    expect([world.heads(opened.cwd), world.heads(hub)]).toEqual([before, there]);
    await world.sync(opened.cwd);
    await append();
    expect(world.heads(hub)).toEqual(world.heads(opened.cwd));
  });

  it('and there too is told as two histories', async () => {
    const { clones } = await three();
    const [one, two] = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    if (one === undefined || two === undefined) return expect.unreachable();
    await one.repository.emit([{ type: 'test', payload: 1 }], { ns: 'x' });
    await world.emit(two.cwd, ['offline'], { ns: 'x' });
    const before = world.heads(two.cwd);
    const append = two.repository.emit([{ type: 'test', payload: 2 }], { ns: 'x' });
    await expect(append).rejects.toSatisfy(code('transport/diverged'));
    expect(world.heads(two.cwd)).toEqual(before);
    expect(await two.backend.refresh()).toMatchObject({ taken: [], refused: [{ chain: 'journal/x/user-alice' }] });
  });

  it('while the remote was asked is told as what it is, and what the remote has stands', async () => {
    const { hub, clones } = await three();
    const cwd = clones[0] as string;
    let meanwhile = (_: RemoteStep) => undefined as undefined;
    const opened = await scratch.enter(cwd, { onStep: (step) => meanwhile(step) });
    const [mine, other] = [await scratch.draft(cwd, 'x', 'mine'), await scratch.draft(cwd, 'x', 'other')];
    meanwhile = (step) => {
      if (step === 'pushed') world.git(cwd, 'update-ref', refOf('x'), other);
    };
    await expect(create(opened, refOf('x'), mine)).rejects.toMatchObject({
      code: 'remote/diverged',
      data: { recorded: mine, found: other },
    });
    expect(world.heads(hub).get('journal/x/user-alice')).toBe(mine);
  });
});

describe('another process of the same clone', () => {
  it('may have fetched what was pushed, or more, before it is noted here', async () => {
    const { hub, clones } = await three();
    const [one, two] = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    if (one === undefined || two === undefined) return expect.unreachable();
    let steps: RemoteStep[] = [];
    let more = false;
    const other = await scratch.enter(one.cwd);
    const slow = await scratch.enter(one.cwd, { onStep: (step) => steps.push(step) });
    const transaction = slow.backend.refs;
    for (more of [false, true]) {
      const ns = `x${more}`;
      const next = await scratch.draft(one.cwd, ns, 'mine');
      world.git(one.cwd, 'push', '-q', 'origin', `${next}:${refOf(ns)}`);
      if (more) {
        await two.backend.refresh();
        await two.repository.emit([{ type: 'test', payload: 2 }], { ns });
      }
      await other.backend.refresh();
      steps = [];
      await expect(transaction.transaction([{ name: refOf(ns), expected: null, next }])).rejects.toSatisfy(
        code('git/ref-moved'),
      );
      expect(steps).toEqual([]);
      expect(world.heads(one.cwd).get(`journal/${ns}/user-alice`)).toBe(
        world.heads(hub).get(`journal/${ns}/user-alice`),
      );
    }
  });

  it('and between push and note: equal or further on is fine', async () => {
    const { hub, clones } = await three();
    const [cwd = '', elsewhere = ''] = clones;
    const two = await scratch.enter(elsewhere);
    const other = await scratch.enter(cwd);
    const pushed: (() => Promise<void>)[] = [
      async () => void (await other.backend.refresh()),
      async () => {
        await two.backend.refresh();
        await two.repository.emit([{ type: 'test', payload: 2 }], { ns: 'b' });
        await other.backend.refresh();
      },
    ];
    for (const [i, ns] of ['a', 'b'].entries()) {
      const opened = await scratch.enter(cwd);
      // The local refs are slow: what others do comes first.
      const local = opened.workspace.backend.refs;
      const original = local.transaction.bind(local);
      const next = await scratch.draft(cwd, ns, 'mine');
      local.transaction = async (edits) => {
        local.transaction = original;
        await pushed[i]?.();
        return original(edits);
      };
      await create(opened, refOf(ns), next);
      expect(world.heads(cwd)).toEqual(world.heads(hub));
    }
    expect(world.git(cwd, 'rev-list', '--count', refOf('b')).trim()).toBe('2');
  });

  it('fetches at the same time', async () => {
    const { hub, clones } = await three();
    const [cwd = '', elsewhere = ''] = clones;
    const two = await scratch.enter(elsewhere);
    const fetchers = await Promise.all([1, 2, 3].map(() => scratch.enter(cwd)));
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 3; i++) await two.repository.emit([{ type: 'test', payload: i }], { ns: `r${round}x${i}` });
      const done = await Promise.all(fetchers.map(({ backend }) => backend.refresh()));
      expect(done.flatMap(({ refused }) => refused)).toEqual([]);
      expect(done.flatMap(({ taken }) => taken).length).toBeGreaterThanOrEqual(3);
      expect(world.heads(cwd)).toEqual(world.heads(hub));
    }
  });
});
