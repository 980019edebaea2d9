/** The system's faults in the words of this folder. */
import { systemFaults } from 'gatos-core/node';
import { chunkError } from './errors.js';

export const { faultOfCode, attempt, attemptAsync } = systemFaults({
  noSpace: ({ path }, cause) => chunkError('no-space', { path }, { cause }),
  noAccess: (what, cause) => chunkError('no-access', { ...what }, { cause }),
  io: (what, cause) => chunkError('io', { ...what }, { cause }),
});
