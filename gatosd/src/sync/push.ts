/** Passing on what is newer here: verified first, and so that nothing arrives before what it builds on. */
import {
  CHECKPOINT_KIND,
  GatosError,
  isGatosError,
  type Oid,
  parseSegment,
  readEntry,
  readOffset,
  recordBody,
  refOfChain,
  segmentChain,
  summaryChain,
  TRUST_CHAIN,
  type TrustHistory,
  topicOf,
} from 'gatos-core';
import { transportError } from '../errors.js';
import { PUSH_REFS, type Pushed, pushChains, pushRefs } from './git-push.js';
import { listRemote, track } from './remote.js';
import type { Movement, PrunedSegment, Refused } from './request.js';
import type { RoundContext } from './round-context.js';
import { isState, LAST_STAGE, stageOf } from './stage.js';
import { requireValid } from './verify.js';

export interface PushOutcome {
  readonly pushed: readonly Movement[];
  /** Segments that the remote has let go of. */
  readonly pruned: readonly PrunedSegment[];
  readonly refused: readonly Refused[];
  /** Someone else pushed to the remote meanwhile. */
  readonly overtaken: boolean;
}

export class Push {
  readonly #ahead: Movement[] = [];
  readonly #pushed: Movement[] = [];
  readonly #toPrune: PrunedSegment[] = [];
  readonly #pruned: PrunedSegment[] = [];
  readonly #refused: Refused[] = [];
  /** Chains that the remote does not have as they are here, and will not. */
  readonly #missing = new Set<string>();
  /** What the remote said of everything in one push. */
  #said: readonly string[] = [];

  constructor(private readonly context: RoundContext) {}

  /** Notes a chain that is newer here: `from` is the remote's head. */
  add(movement: Movement): void {
    this.#ahead.push(movement);
  }

  /** Notes a segment that a summary covers which is, or will be, at the remote. */
  prune(segment: PrunedSegment): void {
    this.#toPrune.push(segment);
  }

  async run(trust: TrustHistory, refused: readonly Refused[]): Promise<PushOutcome> {
    for (const { chain } of refused) this.#missing.add(chain);
    const ready = await this.#ready(trust);
    if (!(await this.#sendTogether(ready))) await this.#sendInStages(ready);
    await this.#sendPruned();
    return { pushed: this.#pushed, pruned: this.#pruned, refused: this.#refused, overtaken: await this.#isOvertaken() };
  }

  /** Those that verify, each after what it builds on. */
  async #ready(trust: TrustHistory): Promise<readonly Movement[]> {
    const ready: Movement[] = [];
    for (let stage = 0; stage <= LAST_STAGE; stage++)
      for (const movement of this.#ahead) {
        if (stageOf(movement.chain) !== stage) continue;
        if (await this.#holds(movement, () => this.#check(movement, trust))) ready.push(movement);
      }
    return ready;
  }

  async #holds(movement: Movement, check: () => Promise<void>): Promise<boolean> {
    try {
      await check();
      return true;
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      this.#refuse(movement, error);
      return false;
    }
  }

  /**
   * All or nothing: a gate judges places in history by what was accepted, and a change of trust stands after all that its writer had
   * seen. False when it has to be tried stage by stage, which also says what of it is refused.
   */
  async #sendTogether(movements: readonly Movement[]): Promise<boolean> {
    if (new Set(movements.map(({ chain }) => stageOf(chain))).size < 2 || movements.length > PUSH_REFS) return false;
    this.context.request.signal?.throwIfAborted();
    const answers = await this.#push(movements, { atomic: true });
    this.#said = answers[0]?.said ?? [];
    const taken = new Set(answers.flatMap(({ chain, refusal }) => (refusal === null ? [chain] : [])));
    if (!movements.every(({ chain }) => taken.has(chain))) return false;
    await this.#arrived(movements);
    return true;
  }

  async #sendInStages(movements: readonly Movement[]): Promise<void> {
    for (let stage = 0; stage <= LAST_STAGE; stage++) {
      const ready: Movement[] = [];
      for (const movement of movements) {
        if (stageOf(movement.chain) !== stage) continue;
        if (await this.#holds(movement, () => this.#requireFoundations(movement))) ready.push(movement);
      }
      await this.#send(ready);
    }
  }

  async #requireFoundations({ chain, to }: Movement): Promise<void> {
    const missing = (await this.#foundations({ chain, head: to })).find((each) => this.#missing.has(each));
    if (missing === undefined) return;
    throw transportError('held-back', { chain, remote: this.context.at.remote, because: missing });
  }

  async #check(movement: Movement, trust: TrustHistory): Promise<void> {
    const { workspace, request } = this.context;
    const { chain, from, to } = movement;
    await this.#requireFoundations(movement);
    // The trust chain was verified when the round began.
    if (chain === TRUST_CHAIN) return;
    const { backend, engine } = workspace;
    await requireValid({ backend, engine, trust }, { chain, head: to, from, where: 'here' }, request);
  }

  /** What a reader of this chain must have to make sense of it. */
  async #foundations({ chain, head }: { readonly chain: string; readonly head: Oid }): Promise<readonly string[]> {
    if (chain === TRUST_CHAIN) return [];
    if (topicOf(chain) !== null) return [TRUST_CHAIN, ...(await this.#placesOf({ chain, head }))];
    if (!isState(chain)) return [TRUST_CHAIN];
    const { envelope } = await readEntry(this.context.workspace.backend, head);
    const { windows, name } = recordBody(envelope, 0, CHECKPOINT_KIND);
    return [TRUST_CHAIN, `folds/${name}`, ...windows.map((window) => window.chain)];
  }

  /** A segment is found from its topic on; and an offset is a place in a segment as it is here, in another one it would be another message. */
  async #placesOf({ chain, head }: { readonly chain: string; readonly head: Oid }): Promise<readonly string[]> {
    const topic = topicOf(chain);
    const opening = topic === null ? [] : [summaryChain(topic)].filter((each) => each !== chain);
    if (topic === null || !chain.startsWith('mbus-ack/')) return opening;
    const { segment } = await readOffset(this.context.workspace.backend, head);
    return [...opening, segmentChain(topic, segment)];
  }

  async #send(movements: readonly Movement[]): Promise<void> {
    if (movements.length === 0) return;
    const { at, request } = this.context;
    request.signal?.throwIfAborted();
    const answers = new Map((await this.#push(movements)).map((answer) => [answer.chain, answer]));
    const taken: Movement[] = [];
    for (const movement of movements) {
      const { chain } = movement;
      const { refusal, said } = answers.get(chain) ?? { refusal: 'it gave no answer', said: [] };
      if (refusal === null) taken.push(movement);
      else {
        // What was said of it all comes first: of a part the remote may say only that the rest is missing.
        const told = this.#said.length > 0 ? this.#said : said;
        this.#refuse(movement, transportError('push-refused', { chain, remote: at.remote, why: refusal, said: told }));
      }
    }
    await this.#arrived(taken);
  }

  /** Deletions come last: the summary has to be there. */
  async #sendPruned(): Promise<void> {
    const { at, workspace, request } = this.context;
    const ready = this.#toPrune.filter(({ chain }) => {
      const { topic = '' } = parseSegment(chain) ?? {};
      return !this.#missing.has(summaryChain(topic));
    });
    for (let start = 0; start < ready.length; start += PUSH_REFS) {
      request.signal?.throwIfAborted();
      const portion = ready.slice(start, start + PUSH_REFS);
      const { answers, said } = await this.#deleteAt(portion);
      for (const segment of portion) {
        const { chain, from } = segment;
        const why = answers(refOfChain(chain));
        if (why !== null) {
          this.#refused.push({ chain, error: transportError('push-refused', { chain, remote: at.remote, why, said }) });
          continue;
        }
        await track(workspace.backend, at.remote, [{ chain, from, to: null }]);
        this.#pruned.push(segment);
      }
    }
  }

  /** Why each of these refs was not deleted; null where it was. */
  async #deleteAt(segments: readonly PrunedSegment[]) {
    const deletions = segments.map(({ chain, from }) => ({ name: refOfChain(chain), next: null, expected: from }));
    try {
      const { refs, said } = await pushRefs(this.context.at, deletions);
      const answers = (name: string): string | null => {
        const answer = refs.get(name);
        if (answer === undefined) return 'it gave no answer';
        return answer.outcome === 'refused' ? answer.summary : null;
      };
      return { answers, said };
    } catch (error) {
      if (!isGatosError(error, 'git/git-failed')) throw error;
      const why = String(error.data.why);
      return { answers: () => why, said: [] };
    }
  }

  /** Our picture of the remote follows the push at once, as git does for branches. */
  async #arrived(movements: readonly Movement[]): Promise<void> {
    const { workspace, at } = this.context;
    await track(workspace.backend, at.remote, movements);
    this.#pushed.push(...movements);
  }

  async #push(movements: readonly Movement[], { atomic = false } = {}): Promise<readonly Pushed[]> {
    try {
      const heads = new Map(movements.map(({ chain, to }) => [chain, to]));
      return await pushChains(this.context.at, heads, { atomic });
    } catch (error) {
      if (!isGatosError(error, 'git/git-failed')) throw error;
      const why = String(error.data.why);
      return movements.map(({ chain }) => ({ chain, refusal: why, said: [] }));
    }
  }

  #refuse({ chain }: Movement, error: GatosError): void {
    this.#refused.push({ chain, error });
    this.#missing.add(chain);
  }

  /** Does the remote have another head now than the one we built on? */
  async #isOvertaken(): Promise<boolean> {
    const refused = this.#refused.filter(({ error }) => isGatosError(error, 'transport/push-refused'));
    if (refused.length === 0) return false;
    try {
      const { heads } = await listRemote(this.context.at);
      const builtOn = new Map(this.#ahead.map(({ chain, from }) => [chain, from]));
      return refused.some(({ chain }) => {
        const from = builtOn.get(chain);
        return from !== undefined && (heads.get(chain) ?? null) !== from;
      });
    } catch (error) {
      // Whoever refuses to be read has refused the push.
      if (isGatosError(error, 'git/git-failed')) return false;
      throw error;
    }
  }
}
