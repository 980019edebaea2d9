/** What the doors have in common at which nothing is recorded: the refs they take for accepted, and the push itself. */
import type { Judgement, Push, RefStore, RefUpdate } from 'gatos-core';
import { systemClock } from 'gatos-core/node';
import type { Environment } from '../git-run.js';
import type { GateRepository } from './gate-repository.js';
import { type JudgeInTime, judgeInTime } from './judging.js';
import { pusherOf, pushOptionsOf } from './surroundings.js';

export interface DoorRequest extends Pick<JudgeInTime, 'signal' | 'timeoutMs' | 'progress'> {
  readonly cwd: string;
  readonly env: Environment;
  /** Microseconds since the epoch. Default: now. */
  readonly received?: number | undefined;
}

export interface At {
  readonly request: DoorRequest;
  /** The accepted refs. */
  readonly refs: RefStore;
  readonly updates: readonly RefUpdate[];
}

export async function judgeAt(repository: GateRepository, { request, refs, updates }: At): Promise<Judgement> {
  const { env, received = Math.floor(systemClock.now()) } = request;
  const push: Push = { updates, pusher: pusherOf(env), options: pushOptionsOf(env), received };
  return judgeInTime(repository.withRefs(refs, env), push, { ...request, pin: repository.pin });
}
