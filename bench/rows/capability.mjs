/** Checking a capability that rests on seven others, against eight native verifications of Ed25519 and nothing else. */
import { attenuateCapability, CapabilityMemo, capabilityLog, checkCapability, issueCapability } from 'gatos-core';
import { agentOf } from 'gatos-core/mythos';
import { mayIssue, openLab } from '../lab.mjs';
import { inFolder, paired, seconds } from '../measure.mjs';

const DEPTH = 8;
const HOUR = 3_600_000_000;
const TOOL = new Uint8Array(32).fill(7);
const request = { kind: 'ToolCall', tool_id: TOOL, body: { path: '/data/a.csv' } };

/** A repository with a chain of capabilities, each a part of the one before. */
async function chainIn(folder) {
  const lab = await openLab(folder);
  const { ports, author } = lab;
  const writer = await mayIssue(lab);
  const notBefore = Math.floor(ports.clock.now()) - HOUR;
  const subject = agentOf(author.signer.key);
  const scope = { kind: 5, scope: { tool_id: TOOL, max_calls: 100, constraints: { 'body.path': '/data/*' } } };
  const terms = { subject, scope, notBefore, expiresAt: notBefore + 10 * HOUR, delegable: true };
  const chain = [(await issueCapability(ports, writer, terms)).held];
  while (chain.length < DEPTH)
    chain.push((await attenuateCapability(ports, writer, { ...terms, parent: chain.at(-1).hex })).held);
  return { ...lab, chain, agent: subject, trust: writer.trust };
}

/** The same log, all of it in memory: what is left is decoding, hashing, signatures and the checks. */
function logOf(chain) {
  const all = new Map(chain.map(({ hex, bytes }) => [hex, bytes]));
  return {
    heads: async () => '',
    issued: async (id) => all.get(id) ?? null,
    revocation: async () => null,
    used: async () => ({}),
    isCounted: async () => false,
  };
}

export async function capChain({ runs = 9, calls = 200 } = {}) {
  return inFolder(async (folder) => {
    const { engine, backend, ports, chain, agent, trust, close } = await chainIn(folder);
    const items = chain.map(({ id, capability }) => ({
      key: capability.issuer.key,
      message: id,
      signature: capability.signature.sig_bytes,
    }));
    const limit = () =>
      seconds(() => {
        for (let i = 0; i < calls; i++) for (const item of items) if (!engine.verify(item)) throw new Error('invalid');
      });
    const ours = (source, memo) => () =>
      seconds(async () => {
        for (let i = 0; i < calls; i++) {
          const given = {
            capability: { id: chain.at(-1).hex },
            agent,
            now: Math.floor(ports.clock.now()),
            trust,
            request,
          };
          const { report } = await checkCapability({ source, engine, memo }, given);
          if (report.outcome !== 'pass') throw new Error('it was refused');
        }
      });
    const log = capabilityLog(backend);
    const rows = [
      ['cached', logOf(chain), new CapabilityMemo(), 0.05],
      ['cached, asking the repository what has moved', log, new CapabilityMemo(), null],
      ['uncached', logOf(chain), undefined, 1.5],
      ['uncached, read from the repository', log, undefined, null],
    ];
    const results = [];
    for (const [what, source, memo, target] of rows) {
      const found = await paired({ ours: ours(source, memo), limit, runs });
      const ratio = 1 / found.ratio;
      results.push({
        name: `capability chain of ${DEPTH}, ${what}`,
        ours: `${((found.ours / calls) * 1e6).toFixed(1)} µs`,
        limit: `${DEPTH} native verifications ${((found.limit / calls) * 1e6).toFixed(1)} µs`,
        ratio,
        target: target === null ? 'report' : `≤ ${target}`,
        met: target === null ? null : ratio <= target,
      });
    }
    await close();
    return results;
  });
}
