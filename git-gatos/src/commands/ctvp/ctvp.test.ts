import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../testing/platform.js';
import { TABLE } from '../table.js';

const PUBLISHED = fileURLToPath(new URL('../../../../../shared/vectors/mythos', import.meta.url));
const OURS = fileURLToPath(new URL('../../../../conformance/vectors/mythos', import.meta.url));

let folder: string;
let pack: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatos-ctvp-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  pack = join(folder, 'pack');
  rmSync(pack, { recursive: true, force: true });
  cpSync(OURS, pack, { recursive: true });
});

async function ctvp(...args: readonly string[]) {
  const { exit, out, err } = await run(TABLE, ['ctvp', ...args]);
  return { exit, out, err, json: () => JSON.parse(out) as { outcome: string; vectors: readonly { id: string }[] } };
}

describe('ctvp', () => {
  it('verifies our own pack', async () => {
    const { exit, out } = await ctvp('verify', OURS);
    expect(out).toMatch(/gatos-mythos-v0\.2 0\.2: 99 vectors: 99 passed; \d+ remarks\n$/);
    expect(out).toContain('remark: unsigned: the entry of');
    expect(exit).toBe(0);
  });

  it.skipIf(!existsSync(PUBLISHED))(
    'verifies the published pack (skipped: it is not beside this checkout)',
    async () => {
      const { exit, out, err } = await ctvp('verify', PUBLISHED);
      expect([exit, err]).toEqual([0, '']);
      expect(out).toMatch(/mythos-v0\.2-conformance 0\.2: 7 vectors: 7 passed; 3 remarks\n$/);
      expect(out).toContain('remark: an EffectCommit names no signer');
    },
  );

  it('verifies a suite, and says the same as JSON', async () => {
    const { exit, json } = await ctvp('verify', OURS, '--suite', 'wire', '--json');
    expect(exit).toBe(0);
    expect(json()).toMatchObject({ outcome: 'pass' });
    expect(json().vectors.map(({ id }) => id)).toEqual(['WIRE_101', 'WIRE_102', 'WIRE_103', 'WIRE_104', 'WIRE_105']);
  });

  it('lists what there is', async () => {
    const { exit, out } = await ctvp('list', OURS);
    expect(exit).toBe(0);
    expect(out).toMatch(/^CAPABILITY_011 +struct +Capability with the scope CellWrite\.$/m);
    expect(out).toMatch(/99 vectors\n$/);
  });

  it('names a changed byte, and ends with 13', async () => {
    const file = join(pack, 'vectors/merkle/list_001_rootnode.bin');
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(50) ^ 1, 50);
    writeFileSync(file, bytes);
    const { exit, out } = await ctvp('verify', pack);
    expect(exit).toBe(13);
    expect(out).toContain('✗ LIST_001');
    expect(out).toContain('`vectors/merkle/list_001_rootnode.bin` has the SHA-256');
    expect(out).toMatch(/byte 50 of `vectors\/merkle\/list_001_rootnode\.bin` is 0x/);
    expect(out).toContain('99 vectors: 98 passed, 1 failed');
  });

  it('tells a missing file from a wrong one', async () => {
    unlinkSync(join(pack, 'vectors/wire/wire_101_packet.bin'));
    const { exit, out } = await ctvp('verify', pack);
    expect(exit).toBe(30);
    expect(out).toContain('? WIRE_101');
    expect(out).toContain('98 passed, 1 could not be checked');
  });

  it('reads nothing outside of the pack', async () => {
    const outside = join(folder, 'outside.bin');
    writeFileSync(outside, 'secret');
    const file = join(pack, 'vectors/wire/wire_101_packet.bin');
    unlinkSync(file);
    symlinkSync(outside, file);
    const { exit, out } = await ctvp('verify', pack);
    expect(exit).toBe(12);
    expect(out).toContain('`vectors/wire/wire_101_packet.bin` is no path inside of the pack');
  });

  it('needs a pack, and a suite that it has', async () => {
    expect((await ctvp('verify', join(folder, 'nowhere'))).exit).toBe(20);
    expect((await ctvp('list', folder)).exit).toBe(20);
    const { exit, err } = await ctvp('verify', pack, '--suite', 'nothing');
    expect(exit).toBe(1);
    expect(err).toContain('the pack has no suite `nothing`');
  });
});
