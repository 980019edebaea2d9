/** The system's faults in the words of the git ports. */
import { gitError } from '../../src/git/index.js';
import { systemFaults } from '../system-faults.js';

export { errnoOf, isAbsent } from '../errno.js';

export const { faultOf, attempt, attemptAsync } = systemFaults({
  noSpace: ({ path }, cause) => gitError('no-space', { path }, { cause }),
  noAccess: (what, cause) => gitError('no-access', { ...what }, { cause }),
  io: (what, cause) => gitError('io', { ...what }, { cause }),
});
