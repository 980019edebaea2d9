/** Packets in real clones: real tools, real chunk files, real keys. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeTrace,
  formatHex,
  IrBundleBuilder,
  type IrOutcome,
  irRegister,
  irValueJson,
  nobleSigner,
  openBlob,
  parseHex,
  type ToolManifest,
  toolDefBytes,
  utf8,
} from 'gatos-core';
import { agentOf, decodeStruct, type IrBundle, TOOL_DEF } from 'gatos-core/mythos';
import { sha256, systemClock } from 'gatos-core/node';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBlob } from '../blobs/index.js';
import { checkPacket, type Executed, judgeSigners, openPacket, packetReport, sealPacket } from './index.js';
import { ExecutorWorld } from './scratch-executor.js';

const world = new ExecutorWorld();
const KIB = 1024;
const PLENTY = { cpu_us: 100_000n, io_count: 10, state_writes: 10 };

const caps = { tool: '', write: '', read: '' };
const content = Uint8Array.from({ length: 600 * KIB }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

async function* contentSource() {
  yield content;
}

beforeAll(async () => {
  await world.open();
  caps.tool = await world.declare(ECHO_TOOL);
  const limits = { namespace: 'demo', max_size: BigInt(content.length), media_allow: ['application/octet-stream'] };
  caps.write = await world.issue({ kind: 2, scope: limits });
  // The cid depends on the bytes alone, so the capability to read it is issued before a task stores it.
  const source = contentSource();
  const { blob } = await world.within((workspace) => putBlob(workspace, { source, chunkSize: 256 * KIB }));
  caps.read = await world.issue({ kind: 1, scope: { cid: blob.ref.cid } });
});
afterAll(() => world.dispose());

interface Wanted {
  readonly task?: string;
  readonly say?: string;
  readonly tool?: ToolManifest;
  readonly chunk?: bigint;
  readonly budget?: typeof PLENTY & { readonly deadline_us?: bigint };
  readonly media?: string;
  readonly bytes?: Uint8Array;
  /** Capability for the tool. */
  readonly cap?: string;
}

const defOf = (manifest: ToolManifest) => ({ ...decodeStruct(TOOL_DEF, toolDefBytes(manifest)), name: manifest.name });

function bundleOf({
  task = 'first',
  say = 'hello',
  tool = ECHO_TOOL,
  chunk = 1n,
  budget = PLENTY,
  media,
  bytes,
  cap,
}: Wanted = {}): IrBundle {
  const b = new IrBundleBuilder('execute.test');
  const r = irRegister;
  const meta = { media: media ?? 'application/octet-stream', namespace: 'demo', chunkSize: 256 * KIB };
  b.op('CONST', r(0), b.text(say))
    .op('REQUIRE_CAP', b.digest(parseHex(cap ?? caps.tool)))
    .op('EFFECT', b.tool(defOf(tool)), r(0), r(1), r(2))
    .op('CONST', r(3), b.bytes(bytes ?? content))
    .op('REQUIRE_CAP', b.digest(parseHex(caps.write)))
    .op('BLOB_PUT', r(3), b.blobMeta(meta), r(4), r(5))
    .op('CONST', r(6), b.unsigned(chunk))
    .op('REQUIRE_CAP', b.digest(parseHex(caps.read)))
    .op('BLOB_CHUNK_GET', r(4), r(6), r(7), r(8))
    .op('RET', r(1))
    .task({ id: sha256(utf8(task)), budget });
  return b.build({ author: agentOf(new Uint8Array(32)), artifact: sha256(utf8('a')) });
}

const execute = (bundle: IrBundle, lent: readonly string[] = Object.values(caps)): Promise<Executed> =>
  world.execute(bundle, lent);

function failure(outcome: IrOutcome): { readonly code: string; readonly at: number; readonly message: string } {
  if (outcome.kind !== 'failed') throw new Error(`it ${outcome.kind}`);
  return { code: outcome.error.code, at: outcome.at, message: outcome.error.message };
}

describe('a task in a clone', () => {
  it('calls a tool, stores a blob, gets a chunk with its proof, and keeps the trace', async () => {
    const { run, effects, trace, traceRef } = await execute(bundleOf());
    expect(run.outcome.kind === 'returned' && irValueJson(run.outcome.value)).toBe('hello');
    expect(effects).toMatchObject([{ tool: 'echo', status: 'invoked' }]);
    expect(formatHex(run.trace.receipts[1]?.response_hash ?? new Uint8Array())).not.toBe('');
    expect(traceRef?.receipt_ids.map(formatHex)).toEqual(
      run.trace.receipts.map(({ receipt_id }) => formatHex(receipt_id)),
    );
    const kept = formatHex(traceRef?.trace_blob.cid ?? new Uint8Array());
    await world.within(async ({ backend }) => {
      const { manifest } = await openBlob(backend, kept);
      expect(manifest.inline && formatHex(manifest.inline)).toBe(formatHex(trace));
    });
    expect(decodeTrace(trace)).toEqual(run.trace);
  });

  it('again: the ledger knows the answer, the receipt is the same, nothing is invoked', async () => {
    const [first, second] = [await execute(bundleOf()), await execute(bundleOf())];
    expect(second.effects.map(({ status }) => status)).toEqual(['replayed']);
    expect(second.run.trace.receipts[0]).toEqual(first.run.trace.receipts[0]);
    const other = await execute(bundleOf({ task: 'second' }));
    expect(other.effects.map(({ status }) => status)).toEqual(['invoked']);
  });

  it('what a packet was not lent, it does not have', async () => {
    const without = (name: keyof typeof caps) => Object.values(caps).filter((id) => id !== caps[name]);
    for (const [name, at] of [
      ['tool', 1],
      ['write', 4],
      ['read', 7],
    ] as const)
      expect(failure((await execute(bundleOf({ task: name }), without(name))).run.outcome)).toMatchObject({
        code: 'execute/not-lent',
        at,
      });
  });

  it('a capability for another tool does not carry this one, and the tool is not run', async () => {
    const tool = await world.script('counts', 'ok()');
    const { run } = await execute(bundleOf({ task: 'wrong cap', tool: tool.manifest }));
    expect(failure(run.outcome)).toMatchObject({ code: 'gateway/denied', at: 2 });
    expect(tool.count()).toBe(0);
  });

  it('a tool that nobody declared', async () => {
    const { run } = await execute(
      bundleOf({ task: 'unknown', tool: { ...ECHO_TOOL, does: 'nobody has heard of it' } }),
    );
    expect(failure(run.outcome)).toMatchObject({ code: 'tools/no-such-tool', at: 2 });
  });

  it('a blob of another media type, larger than allowed, or in chunks that nobody may write', async () => {
    const wrong = await execute(bundleOf({ task: 'media', media: 'text/plain' }));
    expect(failure(wrong.run.outcome)).toMatchObject({ code: 'execute/denied', at: 5 });
    expect(failure(wrong.run.outcome).message).toContain('scope: ');
    const large = await execute(bundleOf({ task: 'large', bytes: new Uint8Array(content.length + 1) }));
    expect(failure(large.run.outcome)).toMatchObject({ code: 'execute/denied', at: 5 });
  });

  it('a chunk of another blob than the capability names, and one that is not there', async () => {
    const other = await execute(bundleOf({ task: 'other', bytes: content.subarray(1) }));
    expect(failure(other.run.outcome)).toMatchObject({ code: 'execute/denied', at: 8 });
    const beyond = await execute(bundleOf({ task: 'beyond', chunk: 3n }));
    expect(beyond.run.outcome.kind).toBe('failed');
    expect(failure(beyond.run.outcome).at).toBe(8);
  });

  it('a chunk file that is altered between storing and reading is noticed', async () => {
    const folder = join(world.repo, '.git', 'gatos', 'blobs', 'chunks');
    const chunk = formatHex(sha256(content.subarray(256 * KIB, 512 * KIB)));
    const [file] = readdirSync(folder, { recursive: true }).filter((path) => String(path).endsWith(chunk));
    const path = join(folder, String(file));
    const sound = readFileSync(path);
    const tool = await world.script('spoils-a-chunk', `appendFileSync(${JSON.stringify(path)}, 'x');\nok()`);
    const bundle = bundleOf({ task: 'spoiled', tool: tool.manifest, cap: tool.capability });
    // First the blob, then the tool, then the chunk.
    const [say, ask, call, ...rest] = bundle.ops.ops;
    const ops = [...rest.slice(0, 3), say, ask, call, ...rest.slice(3)] as typeof bundle.ops.ops;
    const { run } = await execute({ ...bundle, ops: { ops } }, [tool.capability, caps.write, caps.read]);
    expect(tool.count()).toBe(1);
    expect(failure(run.outcome)).toMatchObject({ code: 'chunks/length', at: 8 });
    writeFileSync(path, sound);
  });

  it.each([
    ['alone', undefined],
    ['beside-a-signal', new AbortController().signal],
  ])('a tool that takes longer than the deadline ends the task by its budget: %s', async (how, signal) => {
    const tool = await world.script(`slow-${how}`, 'setTimeout(ok, 60_000)');
    const budget = { ...PLENTY, deadline_us: 1_500_000n };
    const bundle = bundleOf({ task: 'slow', tool: tool.manifest, cap: tool.capability, budget });
    const { run } = await world.execute(bundle, [tool.capability, caps.write, caps.read], signal);
    expect(run.outcome).toMatchObject({
      kind: 'failed',
      at: 2,
      error: { code: 'ir/budget', data: { budget: 'deadline_us' } },
    });
    expect(tool.count()).toBe(1);
  });
});

describe('whose packet it is', () => {
  const judge = (bytes: Uint8Array, unsigned = false) =>
    world.within(async ({ repository, engine }) => {
      const { packet, bundle } = await openPacket(bytes, 'spec');
      const trust = await repository.trust();
      const judged = judgeSigners(packet, { engine, trust, now: systemClock.now(), unsigned });
      return { report: packetReport(judged, checkPacket(bundle, { framing: 'spec' })), signatures: judged.signatures };
    });
  const signer = () => world.within(async ({ repository }) => (await repository.writer()).signer);
  const stranger = nobleSigner({ seed: new Uint8Array(32).fill(9), source: 'stranger' });

  it('signed by a key that is trusted here, plain or compressed', async () => {
    for (const compress of [false, true]) {
      const { report, signatures } = await judge(await sealPacket(bundleOf(), { signer: await signer(), compress }));
      expect(report.outcome).toBe('pass');
      expect(signatures).toMatchObject([{ verdict: 'valid', actor: 'user:alice' }]);
    }
  });

  it('signed by a stranger: refused, unless nobody has to vouch for it', async () => {
    const bytes = await sealPacket(bundleOf(), { signer: stranger });
    expect(await judge(bytes)).toMatchObject({ report: { outcome: 'fail' }, signatures: [{ actor: null }] });
    expect((await judge(bytes)).report.checks.map(({ code }) => code)).toContain('mythos/untrusted-signer');
    expect((await judge(bytes, true)).report.outcome).toBe('pass');
  });

  it('signed by a key that was trusted until it was revoked', async () => {
    const bob = nobleSigner({ seed: new Uint8Array(32).fill(8), source: 'bob' });
    const bytes = await sealPacket(bundleOf(), { signer: bob });
    const { key } = bob;
    await world.change({ op: 'add-key', actor: 'user:bob', key });
    expect(await judge(bytes)).toMatchObject({ report: { outcome: 'pass' }, signatures: [{ actor: 'user:bob' }] });
    await world.change({ op: 'revoke-key', key, reason: 'lost' });
    expect(await judge(bytes)).toMatchObject({ report: { outcome: 'fail' }, signatures: [{ actor: null }] });
  });

  it('with an empty signature: told, and refused unless it may be unsigned', async () => {
    const silent = { ...stranger, sign: async () => new Uint8Array() };
    const bytes = await sealPacket(bundleOf(), { signer: silent });
    expect((await judge(bytes)).report.checks.map(({ code }) => code)).toContain('mythos/unsigned');
    expect((await judge(bytes)).report.outcome).toBe('fail');
    expect((await judge(bytes, true)).report.outcome).toBe('pass');
  });

  it('with a signature that does not hold: refused, whatever is allowed', async () => {
    const bytes = await sealPacket(bundleOf(), { signer: await signer() });
    const altered = bytes.slice();
    // A digit of the word that the task says.
    const at = Buffer.from(bytes).indexOf('hello');
    altered[at] = 'j'.charCodeAt(0);
    for (const unsigned of [false, true]) expect((await judge(altered, unsigned)).report.outcome).toBe('fail');
  });

  it('of a bundle that does not pass: every fault is named', async () => {
    const bundle = bundleOf();
    const bytes = await sealPacket(
      { ...bundle, ops: { ops: [{ opcode: 0x10, operands: [] }] } },
      { signer: await signer() },
    );
    const { report } = await judge(bytes);
    expect(report.outcome).toBe('fail');
    expect(report.checks.filter(({ name }) => name === 'bundle').map(({ code }) => code)).toEqual([
      'ir/unsupported-op',
    ]);
  });
});
