import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ObjectFormat } from '../../src/git/index.js';
import { type GitSubject, gitContract } from '../../testing/index.js';
import { type NativeBackend, openNativeBackend } from './index.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

async function subjectOf(options: { format: ObjectFormat; bare: boolean }): Promise<GitSubject> {
  const repository = new ScratchRepository(options);
  const opened: NativeBackend[] = [];
  const open = async () => {
    const backend = await openNativeBackend({ path: repository.path, env: CLEAN, lockWaitMs: 300 });
    opened.push(backend);
    return backend;
  };
  return {
    backend: await open(),
    reopen: open,
    damage: async (oid) => repository.scribble(repository.loosePath(oid)),
    remove: async (oid) => rmSync(repository.loosePath(oid), { force: true }),
    cutHistory: async (oid) => repository.plant('shallow', `${oid}\n`),
    pack: async () => {
      repository.git('gc', '-q', '--prune=now');
      repository.git('pack-refs', '--all');
    },
    plantRef: async (name, content) => repository.plant(name, content),
    lockRef: async (name) => {
      repository.plant(`${name}.lock`, '');
      return { release: async () => repository.remove(`${name}.lock`) };
    },
    dispose: async () => {
      for (const backend of opened) await backend.close();
      repository.dispose();
    },
  };
}

gitContract('native, SHA-1', () => subjectOf({ format: 'sha1', bare: false }), { describe, it, expect });
gitContract('native, SHA-256, bare', () => subjectOf({ format: 'sha256', bare: true }), { describe, it, expect });
