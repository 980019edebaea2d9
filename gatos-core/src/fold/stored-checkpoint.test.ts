/** Reading states back, and the places that checkpoints offer: what is stored is compared with what is signed. */
import { describe, expect, it } from 'vitest';
import { loadEngine } from '../../node/index.js';
import { FoldWorld } from '../../testing/fold-world.js';
import type { NewFile } from '../chain/index.js';
import { Cid, encode } from '../codec/index.js';
import { memoryBackend } from '../git/index.js';
import { utf8 } from '../kernel/index.js';
import {
  foldNames,
  newestCheckpoint,
  openFold,
  openFoldByRoot,
  placeOf,
  readKey,
  readState,
  stateNames,
  WINDOW,
} from './index.js';

const sandbox = await loadEngine();
const ALICE = 'user:alice';
const SOURCE = `export function fold(state, { payload }) {
  return { ...state, n: payload.n, ['k' + (payload.n % 3)]: payload.n, same: 'x' };
}`;
const OTHER = Cid.hash('dag-cbor', utf8('other'));

async function world(events = WINDOW + 5, source = SOURCE): Promise<FoldWorld> {
  const made = await FoldWorld.open({ sandbox });
  await made.emit(
    ALICE,
    Array.from({ length: events }, (_, n) => ({ payload: { n } })),
  );
  await made.fold(made.bundle(source));
  return made;
}

const newest = (made: FoldWorld) => newestCheckpoint(made.backend, 'test');

describe('a state that is read back', () => {
  it('is the one that was folded; so is the base', async () => {
    const made = await world();
    const checkpoint = await newest(made);
    expect(await readState(made.backend, checkpoint)).toEqual({ n: 1028, k0: 1026, k1: 1027, k2: 1028, same: 'x' });
    const place = await placeOf(made.backend, checkpoint);
    expect(place).toMatchObject({
      events: WINDOW,
      skip: WINDOW,
      state: { n: 1023, k0: 1023, k1: 1021, k2: 1022, same: 'x' },
    });
    expect(place.heads.size).toBe(0);
    expect((await readKey(made.backend, checkpoint, 'k1')).value).toBe(1027);
  });

  it('may have many keys, in folders', async () => {
    const many = `export function fold(state) { for (let i = 0; i < 600; i++) state['key ' + i] = i; return state; }`;
    const made = await world(1, many);
    const checkpoint = await newest(made);
    const state = await readState(made.backend, checkpoint);
    expect(Object.keys(state)).toHaveLength(600);
    expect((await readKey(made.backend, checkpoint, 'key 599')).value).toBe(599);
    const folders = new Set((await made.filesOf(checkpoint.entry.tree)).map(({ path }) => path.split('/').length));
    expect(folders).toEqual(new Set([1, 3]));
    expect((await made.verify()).report.outcome).toBe('pass');
  });

  const cases: [string, (files: readonly NewFile[]) => readonly NewFile[], string][] = [
    ['without a block', (files) => files.filter(({ path }) => path !== 'blocks/n.cbor'), 'fold/block-missing'],
    ['without its root', (files) => files.filter(({ path }) => path !== 'root.cbor'), 'fold/block-missing'],
    [
      'with another block',
      (files) => files.map((file) => (file.path === 'blocks/n.cbor' ? { ...file, bytes: encode(1) } : file)),
      'fold/block-altered',
    ],
    [
      'with another root',
      (files) => files.map((file) => (file.path === 'root.cbor' ? { ...file, bytes: encode({}) } : file)),
      'fold/block-altered',
    ],
  ];
  it.each(cases)('%s is refused', async (_what, files, code) => {
    const made = await world();
    await made.forge('test', { files });
    const checkpoint = await newest(made);
    await expect(readState(made.backend, checkpoint)).rejects.toMatchObject({ code, kind: 'integrity' });
    await expect(readKey(made.backend, checkpoint, 'n')).rejects.toMatchObject({ code });
  });

  it('does not read what is no state', async () => {
    const made = await world();
    const text = utf8('{}');
    await made.forge('test', {
      body: (body) => ({ ...body, state_root: Cid.hash('dag-cbor', text) }),
      files: (files) => files.map((file) => (file.path === 'root.cbor' ? { ...file, bytes: text } : file)),
    });
    await expect(readState(made.backend, await newest(made))).rejects.toMatchObject({
      code: expect.stringMatching(/^codec\//),
    });
  });
});

describe('a place to go on from', () => {
  it.each([
    ['at which nothing is rebuilt', 1000],
    ['beyond the end', 2 * WINDOW],
  ])('%s is refused', async (_what, events) => {
    const made = await world();
    await made.forge('test', { body: (body) => ({ ...body, base: { ...body.base, events } }) });
    await expect(placeOf(made.backend, await newest(made))).rejects.toMatchObject({ code: 'fold/bad-base' });
  });

  it('is refused without its blocks', async () => {
    const made = await world();
    await made.forge('test', { files: (files) => files.filter(({ path }) => !path.startsWith('base/')) });
    await expect(placeOf(made.backend, await newest(made))).rejects.toMatchObject({ code: 'fold/block-missing' });
  });

  it('is refused when its envelopes are not there', async () => {
    const made = await world();
    const heads = [{ chain: 'journal/default/user-alice', head: OTHER }];
    await made.forge('test', { body: (body) => ({ ...body, base: { ...body.base, heads } }) });
    await expect(placeOf(made.backend, await newest(made))).rejects.toMatchObject({ code: 'fold/window-missing' });
  });
});

describe('names', () => {
  it('are those that have definitions and states', async () => {
    const made = await world(3);
    await made.fold(made.bundle(SOURCE, { name: 'another' }));
    expect(await foldNames(made.backend)).toEqual(['another', 'test']);
    expect(await stateNames(made.backend)).toEqual(['another', 'test']);
  });

  it('that nobody gave are told with those that are there', async () => {
    const made = await world(3);
    await expect(openFold(made.backend, 'sum')).rejects.toMatchObject({
      code: 'fold/no-such-fold',
      exit: 20,
      hint: 'folds here: test',
    });
    await expect(openFold(memoryBackend(), 'sum')).rejects.toMatchObject({
      hint: expect.stringContaining('git gatos fold new sum'),
    });
    await expect(newestCheckpoint(made.backend, 'sum')).rejects.toMatchObject({ code: 'fold/no-such-state', exit: 20 });
    await expect(openFoldByRoot(made.backend, 'test', OTHER)).rejects.toMatchObject({
      code: 'fold/definition-missing',
      exit: 30,
    });
  });

  it('stand for the newest definition, and older ones are found by their roots', async () => {
    const made = await world(3);
    const [old, young] = [made.bundle(SOURCE), made.bundle(`${SOURCE}\n`)];
    await made.fold(young);
    expect((await openFold(made.backend, 'test')).source).toBe(young.source);
    expect(await openFoldByRoot(made.backend, 'test', old.foldRoot)).toEqual(old);
  });
});
