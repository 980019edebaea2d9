/** Effects that nobody knows the outcome of, and that contradict themselves. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isGatosError,
  listCapabilities,
  openEffect,
  parseToolManifest,
  toolDef,
  utf8,
  type Writer,
  type WriterPorts,
} from 'gatos-core';
import type { Case } from './case.js';
import type { DoctorWorld } from './world.js';

const MANIFEST = {
  ...{ name: 'charge', does: 'takes money', request: {}, response: {}, effect: 'irreversible' },
  ...{ retry_safe: false, cacheable: false, run: { kind: 'builtin', builtin: 'echo' } },
};
const BYTES = utf8(JSON.stringify(MANIFEST));
const sha256 = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());

/** A tool, and somebody who may call it. */
async function declare(world: DoctorWorld): Promise<void> {
  const path = join(world.work, 'charge.json');
  writeFileSync(path, BYTES);
  await world.gatos(world.work, 'trust', 'set-group', 'cap-tool', 'user:alice');
  await world.gatos(world.work, 'tool', 'declare', path);
  const window = ['--from', '2020-01-01T00:00:00Z', '--until', '2090-01-01T00:00:00Z'];
  const issue = ['--subject', 'user:alice', '--tool', 'charge', '--max-calls', 'unlimited'];
  await world.gatos(world.work, 'cap', 'issue', ...issue, ...window);
}

/** Takes a lease that ends at once. */
async function register(ports: WriterPorts, writer: Writer, request: string): Promise<void> {
  const [listed] = await listCapabilities(ports.backend);
  const call = {
    def: toolDef(parseToolManifest(BYTES)),
    key: utf8('order-17'),
    request: sha256(request),
    capability: listed?.held.id ?? new Uint8Array(32),
  };
  const lease = new Uint8Array(randomBytes(16));
  try {
    await openEffect(ports, { ...writer, call, leaseMs: 1, lease });
  } catch (error) {
    // What contradicts itself is recorded as that.
    if (!isGatosError(error, 'effects/idempotency-conflict')) throw error;
  }
}

export const EFFECT_CASES: readonly Case[] = [
  {
    code: 'effect-unknown',
    provoke: async (world) => {
      await declare(world);
      await world.past(1, (ports, writer) => register(ports, writer, 'a'));
    },
    mend: null,
  },
  {
    code: 'effect-divergent',
    provoke: async (world) => {
      await declare(world);
      for (const request of ['a', 'b']) await world.past(1, (ports, writer) => register(ports, writer, request));
    },
    mend: null,
  },
];
