/** Ring 6. Verification of a whole repository, derived from the planes' one table of rules. */
export { verifyError } from './errors.js';
export { RULES } from './rules.js';
export { type RepositoryVerdict, type VerifyPorts, type VerifyRequest, verifyRepository } from './verify-repository.js';
