/** Runs the golden vectors of `conformance/vectors/bus`: names of segments, whole topics, and proofs of messages. */
import {
  BUS_RULES,
  listTopics,
  readLine,
  readMessages,
  segmentChain,
  verifyBus,
  verifyMessageProof,
} from '../src/bus/index.js';
import { type AnyRecordKind, refOfChain, ruleFor, verifyChain } from '../src/chain/index.js';
import { Cid, formatHex, type JsonValue, parseHex } from '../src/codec/index.js';
import { type GitBackend, memoryBackend } from '../src/git/index.js';
import { nobleEngine } from '../src/identity/index.js';
import { invariant } from '../src/kernel/index.js';
import { putChain, type StoredChain } from './stored-chain.js';
import { Refusal, type VectorAnswer, vectorRunner } from './vector-runner.js';

const engine = nobleEngine();
const KINDS: readonly AnyRecordKind[] = BUS_RULES.flatMap(({ kinds }) => kinds);

interface TopicInput {
  /** CID of the genesis. */
  readonly repo: string;
  readonly chains: readonly StoredChain[];
}

/** The repository with these chains; the code of the first fault when one of them, or a topic as a whole, is not valid. */
async function openTopics({ repo, chains }: TopicInput): Promise<GitBackend | string> {
  const backend = memoryBackend();
  for (const each of chains) await putChain(backend, each, KINDS);
  for (const { chain } of chains) {
    const rule = ruleFor(BUS_RULES, chain);
    const head = await backend.refs.read(refOfChain(chain));
    invariant(rule !== null && head !== null, 'vectors hold chains of the bus');
    const context = { backend, engine, repo: Cid.parse(repo), authorize: () => null };
    const { fault } = await verifyChain(context, { chain, rule, head });
    if (fault !== null) return fault.code;
  }
  const bad = (await verifyBus(backend)).find(({ outcome }) => outcome !== 'pass');
  return bad === undefined ? backend : (bad.code ?? 'unnamed');
}

async function runTopic(input: TopicInput): Promise<VectorAnswer> {
  const backend = await openTopics(input);
  if (typeof backend === 'string') return new Refusal(backend);
  const topics: JsonValue[] = [];
  for (const topic of await listTopics(backend)) {
    const messages: JsonValue[] = [];
    for await (const batch of readMessages(backend, { topic, from: 'start' }))
      for (const { segment, seq, cid, payload } of batch.messages)
        messages.push({ segment, seq, cid: String(cid), payload });
    const pruned = [...((await readLine(backend, topic))?.pruned ?? [])].map(([segment, { cid, summary }]) => ({
      segment,
      summary: String(cid),
      count: summary.count,
      root: formatHex(summary.root),
    }));
    topics.push({ topic, messages, pruned });
  }
  return topics;
}

async function runProof({ proof, ...input }: TopicInput & { readonly proof: string }): Promise<VectorAnswer> {
  const backend = await openTopics(input);
  if (typeof backend === 'string') return new Refusal(backend);
  const { report, fact } = await verifyMessageProof(backend, parseHex(proof));
  const bad = report.checks.find(({ outcome }) => outcome !== 'pass');
  return bad === undefined ? { ...fact } : new Refusal(bad.code ?? 'unnamed');
}

function runName({ topic, ulid }: { readonly topic: string; readonly ulid: string }): VectorAnswer {
  return segmentChain(topic, ulid);
}

export const BUS_VECTORS = vectorRunner({
  names: runName,
  topics: runTopic,
  proofs: runProof,
});
