/** Passing on what is newer here: verified first, in stages, so that nothing arrives before what it builds on. */
import {
  CHECKPOINT_KIND,
  GatosError,
  isGatosError,
  type Oid,
  readEntry,
  recordBody,
  TRUST_CHAIN,
  type TrustHistory,
} from 'gatos-core';
import { transportError } from '../errors.js';
import { listRemote, type Pushed, pushChains, track } from './remote.js';
import type { Movement, Refused } from './request.js';
import type { RoundContext } from './round-context.js';
import { LAST_STAGE, stageOf } from './stage.js';
import { requireValid } from './verify.js';

export interface PushOutcome {
  readonly pushed: readonly Movement[];
  readonly refused: readonly Refused[];
  /** Someone else pushed to the remote meanwhile. */
  readonly overtaken: boolean;
}

export class Push {
  readonly #ahead: Movement[] = [];
  readonly #pushed: Movement[] = [];
  readonly #refused: Refused[] = [];
  /** Chains that the remote does not have as they are here, and will not. */
  readonly #missing = new Set<string>();

  constructor(private readonly context: RoundContext) {}

  /** Notes a chain that is newer here: `from` is the remote's head. */
  add(movement: Movement): void {
    this.#ahead.push(movement);
  }

  async run(trust: TrustHistory, refused: readonly Refused[]): Promise<PushOutcome> {
    for (const { chain } of refused) this.#missing.add(chain);
    for (let stage = 0; stage <= LAST_STAGE; stage++) {
      const ready: Movement[] = [];
      for (const movement of this.#ahead) {
        if (stageOf(movement.chain) !== stage) continue;
        try {
          await this.#check(movement, trust);
          ready.push(movement);
        } catch (error) {
          if (!(error instanceof GatosError)) throw error;
          this.#refuse(movement, error);
        }
      }
      await this.#send(ready);
    }
    return { pushed: this.#pushed, refused: this.#refused, overtaken: await this.#isOvertaken() };
  }

  async #check({ chain, from, to }: Movement, trust: TrustHistory): Promise<void> {
    const { workspace, request, at } = this.context;
    const missing = (await this.#foundations({ chain, head: to })).find((each) => this.#missing.has(each));
    if (missing !== undefined) throw transportError('held-back', { chain, remote: at.remote, because: missing });
    // The trust chain was verified when the round began.
    if (chain === TRUST_CHAIN) return;
    const { backend, engine } = workspace;
    await requireValid({ backend, engine, trust }, { chain, head: to, from, where: 'here' }, request);
  }

  /** What a reader of this chain must have to make sense of it. */
  async #foundations({ chain, head }: { readonly chain: string; readonly head: Oid }): Promise<readonly string[]> {
    if (chain === TRUST_CHAIN) return [];
    if (stageOf(chain) < LAST_STAGE) return [TRUST_CHAIN];
    const { envelope } = await readEntry(this.context.workspace.backend, head);
    const { windows, name } = recordBody(envelope, 0, CHECKPOINT_KIND);
    return [TRUST_CHAIN, `folds/${name}`, ...windows.map((window) => window.chain)];
  }

  async #send(movements: readonly Movement[]): Promise<void> {
    if (movements.length === 0) return;
    const { workspace, at, request } = this.context;
    request.signal?.throwIfAborted();
    const answers = new Map((await this.#push(movements)).map(({ chain, refusal }) => [chain, refusal]));
    const taken: Movement[] = [];
    for (const movement of movements) {
      const { chain } = movement;
      const refusal = answers.get(chain);
      if (refusal === null) taken.push(movement);
      else
        this.#refuse(
          movement,
          transportError('push-refused', { chain, remote: at.remote, why: refusal ?? 'it gave no answer' }),
        );
    }
    // Our picture of the remote follows the push at once, as git does for branches.
    await track(workspace.backend, at.remote, taken);
    this.#pushed.push(...taken);
  }

  async #push(movements: readonly Movement[]): Promise<readonly Pushed[]> {
    try {
      return await pushChains(this.context.at, new Map(movements.map(({ chain, to }) => [chain, to])));
    } catch (error) {
      if (!isGatosError(error, 'git/git-failed')) throw error;
      const why = String(error.data.why);
      return movements.map(({ chain }) => ({ chain, refusal: why }));
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
