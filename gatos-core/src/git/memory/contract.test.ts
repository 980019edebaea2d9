import { describe, expect, it } from 'vitest';
import { type GitSubject, gitContract } from '../../../testing/index.js';
import type { ObjectFormat } from '../ports.js';
import { memoryBackend } from './backend.js';

async function subjectOf(format: ObjectFormat): Promise<GitSubject> {
  const backend = memoryBackend({ format });
  return {
    backend,
    // There is one store and everybody holds it
    reopen: async () => backend,
    damage: async (oid) => {
      const { content } = await backend.objects.read(oid);
      content[0] = (content[0] as number) ^ 1;
    },
    dispose: () => backend.objects.close(),
  };
}

for (const format of ['sha1', 'sha256'] as const)
  gitContract(`in memory, ${format}`, () => subjectOf(format), { describe, it, expect });
