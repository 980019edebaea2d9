import { existsSync, writeFileSync } from 'node:fs';
import { Cid } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScratchWorld } from './scratch-world.js';

const world = new ScratchWorld();
afterAll(() => world.dispose());
const source = world.at('source repository');
let genesis: string;

const verify = (cwd: string) => world.within(cwd, async ({ repository }) => (await repository.verify()).report);

beforeAll(async () => {
  ({ genesis } = await world.init(source, { actor: 'user:alice' }));
  await world.emit(source, [1, 2, 3]);
  world.git(source, 'commit', '-q', '--allow-empty', '-m', 'work');
});

describe('clone', () => {
  it('brings branches and chains, verified and pinned', async () => {
    const result = await world.clone(source, { directory: 'first clone' });
    expect(result).toMatchObject({
      directory: world.at('first clone'),
      genesis,
      pinned: true,
      refused: [],
      pushed: [],
    });
    expect(result.taken.map(({ chain, from }) => [chain, from])).toEqual([
      ['trust', null],
      ['journal/default/user-alice', null],
    ]);
    expect(world.heads(result.directory)).toEqual(world.heads(source));
    expect((await verify(result.directory)).outcome).toBe('pass');
    await world.within(result.directory, async ({ settings }) => expect(settings).toEqual({ genesis }));
    expect(world.git(result.directory, 'log', '--format=%s', 'origin/HEAD').trim()).toBe('work');
    expect(world.git(result.directory, 'fsck', '--strict')).toBe('');
  });

  it('names the folder as git does', async () => {
    const bare = world.bareRepository('named.git');
    world.git(source, 'push', '-q', bare, 'refs/gatos/*:refs/gatos/*');
    const cwd = world.folder('names');
    for (const url of [bare, `${bare}/`, `file://${bare}`]) {
      const { directory } = await world.clone(url, { cwd: world.folder('names', `${url.length}`) });
      expect(directory).toBe(world.at('names', `${url.length}`, 'named'));
    }
    expect((await world.clone(`${source}/.git`, { cwd })).directory).toBe(world.at('names', 'source repository'));
    expect((await world.clone(bare, { cwd, bare: true })).directory).toBe(world.at('names', 'named.git'));
  });

  it('can be bare', async () => {
    const { directory } = await world.clone(source, { directory: 'bare clone.git', bare: true });
    expect(world.git(directory, 'rev-parse', '--is-bare-repository').trim()).toBe('true');
    expect((await verify(directory)).outcome).toBe('pass');
    expect(world.git(directory, 'config', 'remote.origin.fetch').trim()).toBe(
      '+refs/gatos/*:refs/gatos-remote/origin/*',
    );
  });

  it('takes the genesis that it is told to insist on', async () => {
    const result = await world.clone(source, { directory: 'insisting', root: Cid.parse(genesis) });
    expect(result).toMatchObject({ genesis, pinned: true });
  });

  it('takes nothing from a remote with another genesis', async () => {
    const other = Cid.hash('dag-cbor', new Uint8Array([1]));
    const error = await world.clone(source, { directory: 'other', root: other }).catch((fault) => fault);
    expect(error).toMatchObject({
      code: 'trust/other-genesis',
      kind: 'integrity',
      data: { pinned: String(other), found: genesis },
    });
    expect(world.heads(world.at('other')).size).toBe(0);
    await world.within(world.at('other'), async ({ settings }) => expect(settings).toEqual({}));
  });

  it('says when there is no history to clone', async () => {
    const plain = world.bareRepository('plain.git');
    await expect(world.clone(plain)).rejects.toMatchObject({ code: 'transport/no-trust' });
    expect(existsSync(world.at('plain', '.git'))).toBe(true);
  });

  it('says what git says when there is nothing', async () => {
    await expect(world.clone(world.at('nowhere'), { directory: 'x' })).rejects.toMatchObject({
      code: 'transport/not-cloned',
      exit: 75,
      message: expect.stringContaining('does not appear to be a git repository'),
    });
    expect(existsSync(world.at('x'))).toBe(false);
  });

  it('goes into an empty folder, and into no other', async () => {
    const taken = { code: 'transport/folder-taken', exit: 1 };
    await expect(world.clone(source, { directory: 'first clone' })).rejects.toMatchObject(taken);
    writeFileSync(world.at('a-file'), 'x');
    await expect(world.clone(source, { directory: 'a-file' })).rejects.toMatchObject(taken);
    expect((await world.clone(source, { directory: world.folder('empty') })).refused).toEqual([]);
  });

  it.each(['--upload-pack=touch pwned', '-u./x', '--help'])('takes the url %s for no option', async (url) => {
    await expect(world.clone(url, { directory: 'option' })).rejects.toMatchObject({ code: 'transport/not-cloned' });
    expect(existsSync(world.at('option'))).toBe(false);
    expect(existsSync(world.at('pwned'))).toBe(false);
  });

  it('is not led elsewhere by the environment of a hook', async () => {
    const hooked = world.bareRepository('hooked.git');
    const env = world.env('alice', { GIT_DIR: hooked, GIT_INDEX_FILE: 'x', GIT_OBJECT_DIRECTORY: world.at('nowhere') });
    const { directory } = await world.clone(source, { directory: 'from-a-hook', env });
    expect(world.heads(directory)).toEqual(world.heads(source));
    expect(world.heads(hooked).size).toBe(0);
    expect(world.heads(hooked, 'refs/gatos-remote/').size).toBe(0);
  });

  it('brings SHA-256 repositories', async () => {
    const sha256 = world.bareRepository('sha256.git', '--object-format=sha256');
    await world.init(sha256);
    await world.emit(sha256, [1]);
    const { directory } = await world.clone(sha256);
    expect(world.heads(directory)).toEqual(world.heads(sha256));
    expect((await verify(directory)).outcome).toBe('pass');
  });
});

describe('clones that git made', () => {
  it('a mirror verifies, and syncs without touching what it must not', async () => {
    const mirror = world.at('mirror.git');
    world.git(world.root, 'clone', '-q', '--mirror', source, mirror);
    expect((await verify(mirror)).outcome).toBe('pass');
    const before = world.heads(mirror);
    expect(await world.sync(mirror)).toMatchObject({ pinned: true, taken: [], pushed: [], refused: [] });
    expect(world.heads(mirror)).toEqual(before);
  });

  it('a mirror takes over no chain that does not verify, whatever its refspec says', async () => {
    const middle = world.at('middle.git');
    world.git(world.root, 'clone', '-q', '--bare', source, middle);
    world.git(middle, 'fetch', '-q', source, 'refs/gatos/*:refs/gatos/*');
    const mirror = world.at('second-mirror.git');
    world.git(world.root, 'clone', '-q', '--mirror', middle, mirror);
    const before = world.heads(mirror);
    const [chain, head] = [...before].find(([name]) => name.startsWith('journal/')) ?? ['', ''];
    const bad = world.git(middle, 'commit-tree', `${head}^{tree}`, '-p', head, '-m', 'tampered').trim();
    world.git(middle, 'update-ref', `refs/gatos/${chain}`, bad);
    expect(await world.sync(mirror)).toMatchObject({
      taken: [],
      refused: [{ chain, error: { code: 'transport/not-verified' } }],
    });
    expect(world.heads(mirror)).toEqual(before);
    // Nor does it pass on by force what it has.
    expect(world.heads(middle).get(chain)).toBe(bad);
  });

  it('a plain clone is completed by sync', async () => {
    const plain = world.at('plain-git-clone');
    world.git(world.root, 'clone', '-q', source, plain);
    expect(await world.sync(plain)).toMatchObject({ pinned: true, refused: [] });
    expect((await verify(plain)).outcome).toBe('pass');
  });

  it('a shallow chain cannot be checked', async () => {
    await world.emit(source, [4]);
    const shallow = world.at('shallow');
    world.git(world.root, 'clone', '-q', '--depth=1', `file://${source}`, shallow);
    // The branch is cut off, the chains are not.
    await world.sync(shallow);
    expect((await verify(shallow)).outcome).toBe('pass');
    const cut = world.at('cut');
    world.git(world.root, 'init', '-q', cut);
    world.git(cut, 'remote', 'add', 'origin', `file://${source}`);
    world.git(cut, 'fetch', '-q', '--depth=1', 'origin', '+refs/gatos/*:refs/gatos/*');
    const report = await verify(cut);
    expect(report.outcome).toBe('unknown');
    expect(report.checks).toContainEqual(expect.objectContaining({ outcome: 'unknown', code: 'git/shallow' }));
  });

  it('a shallow remote gives nothing that could be taken for the whole', async () => {
    await world.emit(source, [5]);
    const middle = world.at('shallow-middle');
    world.git(world.root, 'init', '-q', middle);
    world.git(middle, 'remote', 'add', 'origin', `file://${source}`);
    world.git(middle, 'fetch', '-q', 'origin', 'refs/gatos/trust:refs/gatos/trust');
    world.git(middle, 'fetch', '-q', '--depth=1', 'origin', 'refs/gatos/journal/*:refs/gatos/journal/*');
    const result = await world.clone(`file://${middle}`, { directory: 'from-shallow' });
    expect(result.refused).toMatchObject([
      { chain: 'journal/default/user-alice', error: { kind: 'unavailable', exit: 30 } },
    ]);
    expect([...world.heads(result.directory).keys()]).toEqual(['trust']);
  });
});
