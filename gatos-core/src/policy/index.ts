/**
 * Ring 5. Policy: the law that a push is judged by. Sources become a compiled bundle, a bundle becomes law when as many roots sign it
 * as trust asks for, and the newest adopted one is in force. Invariant: what is in force is what its sources say, byte for byte.
 */
export {
  type ActivePolicy,
  type Adoption,
  adoptions,
  openPolicy,
  openPolicyAt,
  openPolicyByRoot,
} from './active.js';
export {
  type AdoptionRequest,
  applyAdoption,
  lateAdoption,
  type PendingAdoption,
  pendingAdoption,
  proposeAdoption,
  signAdoption,
} from './adopt.js';
export { type CheckedSources, checkSources, type PolicyBundle, readSources } from './bundle.js';
export {
  type Compilation,
  compileBundle,
  type DecompiledModule,
  decodeProgram,
  decompile,
  encodeProgram,
  type PolicyTest,
  type Program,
  policyCodeRoot,
} from './compile/index.js';
export { policyError } from './errors.js';
export {
  type Decision,
  type Derivation,
  decodeDecision,
  type EvaluateOptions,
  type Explanation,
  encodeDecision,
  explain,
  type Firing,
  formatExplanation,
  type Machine,
  type Need,
  type Position,
  type PrepareOptions,
  prepare,
  type RuleError,
  type Sources,
  type Way,
} from './evaluate/index.js';
export {
  checkInput,
  completeInput,
  type InputChange,
  type InputCommit,
  type InputEnvelope,
  type InputGrant,
  type InputPerson,
  type InputProblem,
  type InputSigner,
  type InputTag,
  type InputUpdate,
  inputJsonSchema,
  type PolicyInput,
} from './input/index.js';
export {
  type Diagnostic,
  formatDiagnostic,
  formatModule,
  type Module,
  type ParsedModule,
  parseModule,
  type SourceText,
  type Span,
} from './language/index.js';
export { type PolicyRoots, policyRootOf, policyRootsAt } from './root.js';
export { POLICY_RULE, POLICY_RULES } from './rules.js';
export { type AdoptedBundle, BUNDLE_KIND, POLICY_CHAIN, POLICY_LANGUAGE } from './schema.js';
export { type TestFailure, type TestReport, type TestResult, testPolicies } from './test-policies.js';
export { adoptionFault, checkPolicies } from './verify.js';
