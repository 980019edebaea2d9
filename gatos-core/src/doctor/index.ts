/**
 * Ring 6. Doctor: what is wrong with a repository, why it matters, and the command that mends it. It adds no checks of validity: those are
 * the planes', which verification and the gate ask too. What belongs to one clone on one machine is gatosd's.
 */
export type { JobQueueNames } from './bus.js';
export { type DoctorPorts, type DoctorRequest, examineRepository } from './examine.js';
export {
  byRank,
  type Finding,
  type FindingMaker,
  findingsOf,
  type Severity,
  type Symptom,
  type Symptoms,
} from './finding.js';
export type { Self } from './keys.js';
export { anchorsAudit } from './profile.js';
export { REPOSITORY_SYMPTOMS } from './symptoms.js';
