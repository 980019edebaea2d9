/**
 * What is written to a remote first obeys the contract of every git backend. Its races are of refs that hold no chain, which nobody
 * takes over from a remote: those of chains are in remote-refs.test.ts and processes.test.ts.
 */
import type { GitBackend } from 'gatos-core';
import { nativeEngine, openNativeBackend } from 'gatos-core/node';
import { type GitSubject, gitContract } from 'gatos-core/testing';
import { describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { remoteFirstBackend } from './index.js';

async function subject(): Promise<GitSubject> {
  const world = new ScratchWorld();
  const hub = world.bareRepository('hub.git');
  const cwd = world.at('clone');
  world.git(world.root, 'init', '-q', '-b', 'main', cwd);
  // Without a refspec, so that the suite finds no other refs than its own.
  world.git(cwd, 'config', 'remote.origin.url', hub);
  const opened: { close(): Promise<void> }[] = [];
  const open = async (): Promise<GitBackend> => {
    const native = await openNativeBackend({ path: cwd, env: world.env(), lockWaitMs: 300 });
    opened.push(native);
    return remoteFirstBackend(native, { remote: 'origin', engine: nativeEngine(), env: world.env() });
  };
  return {
    backend: await open(),
    pack: async () => {
      world.git(cwd, 'gc', '-q', '--prune=now');
      world.git(cwd, 'pack-refs', '--all');
    },
    dispose: async () => {
      for (const each of opened) await each.close();
      world.dispose();
    },
  };
}

gitContract('remote first', subject, { describe, it, expect });
