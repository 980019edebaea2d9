/** Vector packs: third-party conformance vectors of MYTHOS v0.2 and our own, in one format. */
export { packError } from './errors.js';
export {
  checkPackPath,
  type PackManifest,
  type PackSource,
  type PackVector,
  readPackManifest,
  vectorsOfSuite,
} from './manifest.js';
export type { PackPorts } from './vector-case.js';
export { kindOfVector, type PackReport, type VectorResult, type VerifyPackOptions, verifyPack } from './verify.js';
