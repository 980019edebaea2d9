import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What runs in the page: the same sources, a repository in memory, and what became of it. */
const PROGRAM = `
import { encodeCommit, encodeTree, initIsomorphicRepository, isomorphicBackend, memoryBackend, memoryFileSystem } from '../index.js';

const WHO = 'A U Thor <author@example.com> 1700000000 +0000';
const utf8 = (text) => new TextEncoder().encode(text);

async function story({ objects, refs }) {
  let parent = null;
  for (let i = 0; i < 20; i++) {
    const [blob] = await objects.write([{ type: 'blob', content: utf8('content ' + i) }]);
    const [tree] = await objects.write([{ type: 'tree', content: encodeTree([{ mode: '100644', name: 'file', oid: blob }]) }]);
    const parents = parent === null ? [] : [parent];
    const content = encodeCommit({ tree, parents, author: WHO, committer: WHO, message: 'commit ' + i + '\\n' });
    const [next] = await objects.write([{ type: 'commit', content }, { type: 'blob', content: utf8('beside ' + i) }]);
    await refs.transaction([{ name: 'refs/gatos/line', expected: parent, next }]);
    parent = next;
  }
  await refs.transaction([
    { name: 'refs/gatos/line', expected: parent, next: null },
    { name: 'refs/gatos/moved', expected: null, next: parent },
  ]);
  let refused = '';
  await refs.transaction([{ name: 'refs/gatos/moved', expected: null, next: parent }]).catch((error) => { refused = error.code; });
  const line = [];
  for await (const { oid, content } of objects.history({ head: parent })) line.push(oid + ' ' + content.length);
  const large = new Uint8Array(3000000).fill(7);
  const [largeOid] = await objects.write([{ type: 'blob', content: large }]);
  const { content } = await objects.read(largeOid);
  return { line, refs: await refs.list('refs/'), refused, large: largeOid + ' ' + content.length };
}

async function dump(fs, path, files) {
  for (const name of await fs.readdir(path)) {
    const inner = path + '/' + name;
    if ((await fs.stat(inner)).isDirectory()) await dump(fs, inner, files);
    else files.push([inner, Array.from(await fs.readFile(inner))]);
  }
  return files;
}

globalThis.run = async () => {
  const had = typeof Buffer !== 'undefined';
  const fs = memoryFileSystem();
  await initIsomorphicRepository({ fs, gitdir: '/repo' });
  const isomorphic = await story(await isomorphicBackend({ fs, gitdir: '/repo' }));
  const memory = await story(memoryBackend());
  return { had, isomorphic, memory, files: await dump(fs, '/repo', []) };
};
`;

async function bundle(): Promise<string> {
  const result = await build({
    stdin: { contents: PROGRAM, resolveDir: here('.'), loader: 'js' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    minify: true,
    logLevel: 'silent',
    plugins: [
      {
        // What the package does for everything but Node, without asking for a build first
        name: 'portable-hash',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^#hash$/ }, () => ({ path: here('../../codec/hash-portable.ts') })),
      },
    ],
  });
  return result.outputFiles[0]?.text ?? '';
}

interface Story {
  readonly line: readonly string[];
  readonly refs: readonly { readonly name: string; readonly oid: string }[];
  readonly refused: string;
  readonly large: string;
}
interface Outcome {
  readonly had: boolean;
  readonly isomorphic: Story;
  readonly memory: Story;
  readonly files: readonly [string, readonly number[]][];
}

describe('in a browser', () => {
  it('the bundle holds no module of Node and stays small', async () => {
    const code = await bundle();
    expect(code).not.toMatch(/require\(["'](?:node:|fs|crypto|path|buffer)/);
    expect(code.length).toBeLessThan(400_000);
  });

  it.skipIf(!existsSync(CHROMIUM))(
    'the adapters work in Chromium, and git accepts the repository made there',
    async () => {
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
      const directory = mkdtempSync(join(tmpdir(), 'gatos-browser-'));
      try {
        const page = await browser.newPage();
        await page.addScriptTag({ content: await bundle() });
        const outcome = (await page.evaluate('run()')) as Outcome;
        expect(outcome.had).toBe(false);
        expect(outcome.isomorphic).toEqual(outcome.memory);
        expect(outcome.isomorphic.line).toHaveLength(20);
        expect(outcome.isomorphic.refused).toBe('git/ref-moved');
        expect(outcome.isomorphic.refs.map(({ name }) => name)).toEqual(['refs/gatos/moved']);
        for (const [path, bytes] of outcome.files) {
          mkdirSync(dirname(directory + path), { recursive: true });
          writeFileSync(directory + path, Uint8Array.from(bytes));
        }
        mkdirSync(join(directory, 'repo/refs/heads'), { recursive: true });
        const git = (...args: string[]) =>
          execFileSync('git', ['-C', join(directory, 'repo'), ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
        git('fsck', '--strict', '--full');
        expect(git('rev-list', '--reverse', 'refs/gatos/moved').split('\n')).toEqual(
          outcome.isomorphic.line.map((entry) => entry.slice(0, 40)),
        );
      } finally {
        await browser.close();
        rmSync(directory, { recursive: true });
      }
    },
  );
});
