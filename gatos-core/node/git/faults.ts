/** The system's faults in the words of the git ports. */
import { gitError } from '../../src/git/index.js';
import { type SystemWords, systemFaults } from '../system-faults.js';

export { errnoOf, isAbsent } from '../errno.js';

const WORDS: SystemWords = {
  noSpace: ({ path }, cause) => gitError('no-space', { path }, { cause }),
  noAccess: (what, cause) => gitError('no-access', { ...what }, { cause }),
  io: (what, cause) => gitError('io', { ...what }, { cause }),
};

export const { faultOf, attempt, attemptAsync } = systemFaults(WORDS);
