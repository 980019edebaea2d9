/** The golden state root, in Node on every adapter, and in headless Chromium on the same core. */
import { execFileSync } from 'node:child_process';
import { existsSync, promises as fs, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import {
  type GitBackend,
  initIsomorphicRepository,
  isomorphicBackend,
  memoryBackend,
  memoryFileSystem,
} from 'gatos-core';
import { loadEngineWasm, openNativeBackend } from 'gatos-core/node';
import { chromium } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { runScenario, type ScenarioResult } from './scenario.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const golden = JSON.parse(readFileSync(at('../vectors/fold/state-root.json'), 'utf8')) as {
  vectors: { want: ScenarioResult }[];
};
const want = golden.vectors[0]?.want;
const folder = mkdtempSync(join(tmpdir(), 'gatos-state-root-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

async function nativeRepository(): Promise<GitBackend> {
  execFileSync('git', ['init', '-q', join(folder, 'native')]);
  return openNativeBackend(join(folder, 'native'));
}

async function isomorphicRepository(): Promise<GitBackend> {
  execFileSync('git', ['init', '-q', join(folder, 'isomorphic')]);
  return isomorphicBackend({ fs, gitdir: join(folder, 'isomorphic', '.git') });
}

async function isomorphicInMemory(): Promise<GitBackend> {
  const repository = { fs: memoryFileSystem(), gitdir: '/repo.git' };
  await initIsomorphicRepository(repository);
  return isomorphicBackend(repository);
}

describe('golden state root', () => {
  it.each([
    ['in memory', async () => memoryBackend()],
    ['native git', nativeRepository],
    ['isomorphic-git on disk', isomorphicRepository],
    ['isomorphic-git in memory', isomorphicInMemory],
  ])('%s', { timeout: 120_000 }, async (_name, open) => {
    const backend = await open();
    const result = await runScenario({ backend, wasm: await loadEngineWasm() });
    await backend.objects.close();
    expect(result).toEqual(want);
  });

  it.skipIf(CHROMIUM === undefined)('headless Chromium', { timeout: 180_000 }, async () => {
    const bundle = join(folder, 'scenario.js');
    await build({
      entryPoints: [at('./browser-entry.ts')],
      outfile: bundle,
      bundle: true,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'silent',
      loader: { '.wasm': 'empty' },
    });
    const wasm = Buffer.from(await loadEngineWasm()).toString('base64');
    const flags = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ];
    const browser = await chromium.launch({ executablePath: CHROMIUM as string, headless: true, args: flags });
    try {
      const page = await browser.newPage();
      await page.addScriptTag({ path: bundle });
      const run = (store: string) =>
        page.evaluate(`globalThis.runGolden(${JSON.stringify(wasm)}, ${JSON.stringify(store)})`);
      expect(await run('memory')).toEqual(want);
      expect(await run('isomorphic')).toEqual(want);
    } finally {
      await browser.close();
    }
  });
});
