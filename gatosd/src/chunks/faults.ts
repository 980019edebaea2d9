/** The system's faults in the words of this folder. */
import { type SystemWords, systemFaults } from 'gatos-core/node';
import { chunkError } from './errors.js';

const WORDS: SystemWords = {
  noSpace: ({ path }, cause) => chunkError('no-space', { path }, { cause }),
  noAccess: (what, cause) => chunkError('no-access', { ...what }, { cause }),
  io: (what, cause) => chunkError('io', { ...what }, { cause }),
};

export const { faultOfCode, attempt, attemptAsync } = systemFaults(WORDS);
