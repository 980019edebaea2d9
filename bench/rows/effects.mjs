/**
 * Calling the built-in `echo` under a key, durable: a lease, the invocation, a receipt, a commit. The limit is the disk and the index: the same two records,
 * made before, appended to an index chain by nothing else. And growth: looking up and a whole call in a ledger with many ids.
 */
import { createHash, randomBytes } from 'node:crypto';
import { declareTool, toolDef, UNCOUNTED_U32, utf8 } from 'gatos-core';
import { agentOf } from 'gatos-core/mythos';
import { ECHO_TOOL, issueForADay } from 'gatos-core/testing';
import { openGateway } from 'gatosd';
import { append, draftIndexed } from '../../gatos-core/dist/src/chain/index.js';
import {
  COMMIT_KIND,
  commitEffect,
  EFFECTS_RULE,
  idempotencyId,
  openCall,
  REGISTER_KIND,
  readEffect,
  receiptOf,
  shardOf,
} from '../../gatos-core/dist/src/effects/index.js';
import {
  EFFECT_COMMIT,
  EFFECT_REGISTER,
  encodeStruct,
  RECEIPT,
  sealStruct,
  TOOL_DEF,
} from '../../gatos-core/dist/src/mythos/index.js';
import { requestBy } from '../../gatos-core/dist/src/trust/index.js';
import { mayIssue, openLab } from '../lab.mjs';
import { git, inFolder, median, milliseconds, seconds } from '../measure.mjs';

const SETTINGS = async () => ({ env: process.env, sandbox: 'off', httpAllow: [], httpPrivate: false });

/** A repository whose one actor may call `echo`, and its gateway. */
async function callable(folder) {
  const lab = await openLab(folder);
  const { repository, ports, backend, engine } = lab;
  const writer = await mayIssue(lab);
  const { tool } = await declareTool(ports, writer, { manifest: ECHO_TOOL, files: [] });
  const scope = { kind: 5, scope: { tool_id: tool.id, max_calls: UNCOUNTED_U32 } };
  const { id: capability } = await issueForADay(ports, writer, { scope });
  const workspace = { repository, backend, engine, refresh: async () => undefined };
  return { ...lab, writer, capability, gateway: openGateway(workspace, { settings: SETTINGS }) };
}

const NOTHING = { ended: null, outcome: null, marks: [], resolution: null };
const sha256 = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Bodies of a register and a commit, signed for real or not. */
async function bodiesOf({ capability, author }, key, signer = author.signer) {
  const def = toolDef(ECHO_TOOL);
  const idempotency_key = utf8(key);
  const id = idempotencyId(def.tool_id, idempotency_key);
  const request = sha256(utf8(`request ${key}`));
  const inline = utf8('{"text":"hi"}');
  const time_observed = BigInt(Date.now()) * 1000n;
  const common = { tool_id: def.tool_id, request_hash: request, time_observed };
  const draft = {
    ...common,
    idem_id: id,
    idempotency_key,
    owner: agentOf(signer.key),
    lease_expires_at: time_observed + 60_000_000n,
  };
  const register = encodeStruct(EFFECT_REGISTER, await sealStruct(EFFECT_REGISTER, draft, signer));
  const response = { hash: sha256(inline), size: inline.length, inline };
  const said = { ...common, response_hash: response.hash, idempotency_key, signer: agentOf(signer.key), status: 200 };
  const receipt = await sealStruct(RECEIPT, said, signer);
  const commit = await sealStruct(
    EFFECT_COMMIT,
    { ...common, idem_id: id, response_hash: response.hash, receipt_id: receipt.receipt_id, status: 200 },
    signer,
  );
  const entry = {
    id,
    tool: def.tool_id,
    def: encodeStruct(TOOL_DEF, def),
    request,
    attempt: 1,
    lease: randomBytes(16),
    capability,
    register,
  };
  const lease = new Uint8Array(entry.lease);
  const outcome = { receipt: encodeStruct(RECEIPT, receipt), commit: encodeStruct(EFFECT_COMMIT, commit), response };
  return { id, register: { ...entry, lease, ...NOTHING }, commit: { ...entry, lease, ...NOTHING, outcome } };
}

/** One durable append of records of one kind. Returns the CID of the last one. */
async function appendRecords({ ports, writer }, chain, kind, records) {
  let made;
  const prepare = async (head) => {
    made = await draftIndexed(ports.backend, { chain, head }, [{ kind, records }]);
    return made.drafts;
  };
  await append(ports, requestBy(writer, { chain, rule: EFFECTS_RULE, prepare }));
  return made.records.at(-1).cid;
}

async function plainAppends(lab, { id, register, commit }) {
  const chain = shardOf(id);
  const cid = await appendRecords(lab, chain, REGISTER_KIND, [
    { body: { ...register, replaces: null }, expected: null },
  ]);
  await appendRecords(lab, chain, COMMIT_KIND, [{ body: { ...commit, replaces: cid }, expected: cid }]);
}

async function oneCall({ gateway }, key) {
  const { status } = await gateway.call({ tool: 'echo', key, body: { text: 'hi' } });
  if (status !== 'invoked') throw new Error(`${key} was ${status}`);
}

export async function effectCall({ calls = 200 } = {}) {
  return inFolder((ours) =>
    inFolder(async (limits) => {
      const [lab, plain] = [await callable(ours), await callable(limits)];
      const ready = [];
      for (let i = 0; i < calls; i++) ready.push(await bodiesOf(plain, `plain ${i}`));
      for (let i = 0; i < 20; i++) await oneCall(lab, `warm ${i}`);
      const pairs = [];
      for (let i = 0; i < calls; i++) {
        const call = await seconds(() => oneCall(lab, `key ${i}`));
        pairs.push({ call, limit: await seconds(() => plainAppends(plain, ready[i])) });
      }
      const replay = await seconds(async () => {
        for (let i = 0; i < calls; i++) await lab.gateway.call({ tool: 'echo', key: `key ${i}`, body: { text: 'hi' } });
      });
      await lab.close();
      await plain.close();
      const ratio = median(pairs.map(({ call, limit }) => call / limit));
      return [
        {
          name: 'idempotent effect call on `echo`, durable, p50',
          ours: milliseconds(median(pairs.map(({ call }) => call))),
          limit: `its two durable index appends ${milliseconds(median(pairs.map(({ limit }) => limit)))}`,
          ratio,
          target: '≤ 1.5×',
          met: ratio <= 1.5,
        },
        {
          name: 'the same call repeated',
          ours: milliseconds(replay / calls),
          limit: '',
          ratio: null,
          target: 'report',
          met: null,
        },
      ];
    }),
  );
}

/** Signs nothing: what fills a ledger is looked up, and not verified. */
const quick = ({ key }) => ({ key, sign: async () => new Uint8Array(64) });

/** Fills the ledger up to so many ids, thousands of records an append. */
async function fill(lab, { from, to }) {
  const shards = new Map();
  for (let i = from; i < to; i++) {
    const { id, commit } = await bodiesOf(lab, `filled ${i}`, quick(lab.author.signer));
    const chain = shardOf(id);
    shards.set(chain, [...(shards.get(chain) ?? []), { body: { ...commit, replaces: null }, expected: null }]);
  }
  for (const [chain, records] of shards)
    for (let i = 0; i < records.length; i += 1000)
      await appendRecords(lab, chain, COMMIT_KIND, records.slice(i, i + 1000));
}

async function measureAt(lab, size, { calls, round }) {
  const { tool_id } = toolDef(ECHO_TOOL);
  const lookups = [];
  const records = [];
  for (let i = 0; i < calls; i++) {
    const known = idempotencyId(tool_id, utf8(`filled ${((i + round * calls + calls) * 7919) % size}`));
    lookups.push(
      await seconds(async () => {
        if ((await readEffect(lab.backend, known)) === null) throw new Error('it is not there');
      }),
    );
    const key = utf8(`new ${round} ${i}`);
    const call = { def: toolDef(ECHO_TOOL), key, request: sha256(key), capability: lab.capability };
    const response = utf8('hi');
    records.push(
      await seconds(async () => {
        const lease = new Uint8Array(randomBytes(16));
        const opened = await openCall(lab.ports, { ...lab.writer, call, leaseMs: 60_000, lease });
        const { signer } = lab.writer;
        const receipt = await receiptOf(lab.ports, call, { response, status: 200, signer });
        await commitEffect(lab.ports, { ...lab.writer, held: opened.held, receipt, response });
      }),
    );
  }
  return { lookup: median(lookups), record: median(records) };
}

export async function ledgerGrowth({ ids = [1000, 100_000], calls = 200 } = {}) {
  // Two ledgers, measured in turn: what the disk does meanwhile, it does to both.
  const [small, large] = ids;
  return inFolder((one) =>
    inFolder(async (two) => {
      const labs = [await callable(one), await callable(two)];
      await fill(labs[0], { from: 0, to: small });
      for (let from = 0; from < large; from += 10_000)
        await fill(labs[1], { from, to: Math.min(from + 10_000, large) });
      // As git's own maintenance leaves it: a ledger of that many ids is older than its last `git gc`.
      for (const folder of [one, two]) git(folder, 'repack', '-adq');
      const portion = Math.max(1, Math.floor(calls / 10));
      const found = [[], []];
      for (let round = -1; round < 10; round++)
        for (const [i, size] of [small, large].entries()) {
          const measured = await measureAt(labs[i], size, { calls: portion, round });
          if (round >= 0) found[i].push(measured);
        }
      for (const lab of labs) await lab.close();
      const of = (i, what) => median(found[i].map((each) => each[what]));
      const row = (what, name) => {
        const ratio = of(1, what) / of(0, what);
        return {
          name: `${name} at ${large.toLocaleString('en')} ids`,
          ours: milliseconds(of(1, what)),
          limit: `at ${small.toLocaleString('en')} ids ${milliseconds(of(0, what))}`,
          ratio,
          target: 'flat within 1.5×',
          met: ratio <= 1.5,
        };
      };
      return [row('lookup', 'ledger: look-up'), row('record', 'ledger: register + commit')];
    }),
  );
}
