/** The door of a server: judges a push before any of its refs moves, and records what it refused. */
import type { GateState, Push, RefUpdate } from 'gatos-core';
import { systemClock } from 'gatos-core/node';
import type { Environment } from '../git-run.js';
import type { DoorRequest } from './door.js';
import { doorError } from './errors.js';
import type { FloodBounds } from './flood.js';
import { GateRepository, type PushView } from './gate-repository.js';
import { judgeInTime, refusedBy } from './judging.js';
import { type Input, parseLines, readInput } from './push-lines.js';
import { recordRefusal, recordUses } from './recording.js';
import { type GateResult, hookResult } from './result.js';
import { pusherOf, pushOptionsOf } from './surroundings.js';

export interface PreReceiveRequest extends DoorRequest {
  /** Standard input of the hook. It is read to its end whatever happens. */
  readonly stdin: Input;
  /** How much is recorded of refusals. */
  readonly bounds?: FloodBounds | undefined;
}

/** Judges the push that git tells a `pre-receive` hook of. Never throws: whatever goes wrong refuses. */
export async function preReceive(request: PreReceiveRequest): Promise<GateResult> {
  let input: Uint8Array;
  let repository: GateRepository;
  try {
    input = await readInput(request.stdin);
    repository = await GateRepository.open(request);
  } catch (error) {
    return hookResult(refusedBy(error), UNKNOWN);
  }
  try {
    return await receive(repository, { ...request, input });
  } finally {
    await repository.close();
  }
}

/** Of what could not be read there is nothing to record. */
const UNKNOWN = { audit: null, notes: ['  why:  nothing is known of the push that could be recorded'] } as const;

export interface Receiving extends Omit<PreReceiveRequest, 'stdin' | 'cwd'> {
  readonly input: Uint8Array;
  /** Of a gate that stays. */
  readonly state?: GateState | undefined;
  /** Lets one at a time record. Default: at once. */
  readonly serially?: (<T>(body: () => Promise<T>) => Promise<T>) | undefined;
}

/** As `preReceive`, for an open repository and an input that is here. Never throws. */
export async function receive(repository: GateRepository, receiving: Receiving): Promise<GateResult> {
  const { input, env, received = Math.floor(systemClock.now()) } = receiving;
  let view: PushView;
  let push: Push;
  try {
    const updates = updatesIn(input, repository);
    push = { updates, pusher: pusherOf(env), options: pushOptionsOf(env), received };
    view = await repository.view(env);
  } catch (error) {
    return hookResult(refusedBy(error), UNKNOWN);
  }
  try {
    return await answer(repository, { receiving, push, view });
  } catch (error) {
    return hookResult(refusedBy(error), UNKNOWN);
  } finally {
    await view.close();
  }
}

interface Viewed {
  readonly receiving: Receiving;
  readonly push: Push;
  readonly view: PushView;
}

async function answer(repository: GateRepository, { receiving, push, view }: Viewed): Promise<GateResult> {
  const { bounds, serially = (body) => body() } = receiving;
  const first = await judgeInTime(view.ports, push, { ...receiving, pin: repository.pin });
  // Whoever asked has gone and may have decided otherwise: nothing is recorded of a push that was not judged for anybody.
  const gone = () => receiving.signal?.aborted === true;
  if (first.verdict === 'allow' && first.uses.length === 0) return hookResult(first, { audit: null, notes: [] });
  return serially(async () => {
    if (gone()) return hookResult(refusedBy(doorError('stopped', {})), { audit: null, notes: [] });
    const recording = { repository, backend: view.recording, bounds };
    const judgement = await recordUses(recording, { push, judgement: first });
    if (judgement.verdict === 'allow') return hookResult(judgement, { audit: null, notes: [] });
    return hookResult(judgement, await recordRefusal(recording, { push, judgement }));
  });
}

function updatesIn(input: Uint8Array, { own }: GateRepository): readonly RefUpdate[] {
  const updates = parseLines(input, { form: 'pre-receive', format: own.format });
  // Git asks nobody about nothing: an input that was lost looks like this.
  if (updates.length === 0) throw doorError('empty', {});
  return updates;
}

/** What of the environment of a hook a judgement rests on. */
export function environmentOf(base: Environment, hook: Environment): Environment {
  const kept = Object.entries(base).filter(([name]) => !/^(?:GIT_|GATOS_PUSHER$|GL_USER$|REMOTE_USER$)/.test(name));
  const given = Object.entries(hook).filter(([name]) => /^(?:GIT_|GATOS_PUSHER$|GL_USER$|REMOTE_USER$)/.test(name));
  return { ...Object.fromEntries(kept), ...Object.fromEntries(given) };
}
