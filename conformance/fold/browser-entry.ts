/** What the browser run loads: the same core and the same scenario as in Node, on stores that need no disk. */
import {
  type GitBackend,
  initIsomorphicRepository,
  isomorphicBackend,
  memoryBackend,
  memoryFileSystem,
} from 'gatos-core';
import { runScenario, type ScenarioResult } from './scenario.js';

declare function atob(text: string): string;

async function open(store: string): Promise<GitBackend> {
  if (store === 'memory') return memoryBackend();
  const repository = { fs: memoryFileSystem(), gitdir: '/repo.git' };
  await initIsomorphicRepository(repository);
  return isomorphicBackend(repository);
}

async function runGolden(wasm: string, store: string): Promise<ScenarioResult> {
  const bytes = Uint8Array.from(atob(wasm), (character) => character.charCodeAt(0));
  return runScenario({ backend: await open(store), wasm: bytes });
}

Object.assign(globalThis, { runGolden });
