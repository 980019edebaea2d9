/** Chunks of blobs: what a disk loses, and what killed processes leave. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Case } from './case.js';
import type { DoctorWorld } from './world.js';

const chunks = ({ work }: DoctorWorld): string => join(work, '.git', 'gatos', 'blobs', 'chunks');

export const BLOB_CASES: readonly Case[] = [
  {
    code: 'pinned-chunks-missing',
    provoke: async (world) => {
      writeFileSync(join(world.work, 'big'), Buffer.alloc(20_000, 7));
      const cid = (await world.gatos(world.work, 'blob', 'put', 'big')).trim();
      await world.gatos(world.work, 'blob', 'pin', cid);
      await world.gatos(world.work, 'blob', 'sync', 'origin', '--push');
      for (const name of readdirSync(chunks(world))) rmSync(join(chunks(world), name), { recursive: true });
    },
  },
  {
    code: 'chunk-leftovers',
    provoke: (world) => {
      const folder = join(chunks(world), 'ab', 'cd');
      mkdirSync(folder, { recursive: true });
      const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
      // No system gives so large a number to a process.
      writeFileSync(join(folder, `tmp-${host}-2147483646-0123456789ab`), 'half a chunk');
    },
  },
];
