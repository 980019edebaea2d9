/** Where the records of an experiment stand. */
import { experimentError } from './errors.js';

export const EXPERIMENTS = 'audit/proofs/experiments/';
export const REPRODUCTIONS = 'audit/proofs/reproductions/';

export const ULID_LENGTH = 26;
/** A ulid, in its one spelling. */
export const EXPERIMENT_ID: RegExp = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isExperimentId(text: string): boolean {
  return EXPERIMENT_ID.test(text);
}

/** Throws `experiments/name` for what is no ulid. */
export function checkExperimentId(id: string): string {
  if (isExperimentId(id)) return id;
  throw experimentError('name', { id: id.length > 80 ? `${id.slice(0, 80)}…` : id });
}

/** `audit/proofs/experiments/01H…`; throws `experiments/name`. */
export function experimentChain(id: string): string {
  return EXPERIMENTS + checkExperimentId(id);
}

/** `audit/proofs/reproductions/01H…`; throws `experiments/name`. */
export function reproductionChain(id: string): string {
  return REPRODUCTIONS + checkExperimentId(id);
}

/** The last component of a chain name. */
export function componentOf(chain: string): string {
  return chain.slice(chain.lastIndexOf('/') + 1);
}
