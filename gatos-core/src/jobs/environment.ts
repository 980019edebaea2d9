/** What a job was run in: whatever may make a difference when it is run again (design 3.8). */
import { type Infer, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { ARGUMENT, COUNT, DIGEST, line, PATH, VARIABLE } from './fields.js';

const TOOL = s.struct({ name: line(LIMITS.nameBytes), version: line(LIMITS.jobFactBytes), digest: DIGEST });
const LIBRARY = s.struct({ path: PATH, version: s.nullable(line(LIMITS.jobFactBytes)), digest: DIGEST });

export const ENVIRONMENT = s.struct({
  /** Who ran it, such as `process/1`. */
  runner: line(LIMITS.jobFactBytes),
  /** The exact engine of a sandboxed program; null for a process. */
  engine: s.nullable(line(LIMITS.engineIdBytes)),
  os: line(LIMITS.jobFactBytes),
  arch: line(LIMITS.jobFactBytes),
  /** Interpreters and commands, by name. */
  tools: s.list(TOOL, { max: LIMITS.jobPatterns }),
  libraries: s.list(LIBRARY, { max: LIMITS.jobPatterns }),
  /** Lock files found beside the program, such as `package-lock.json`. */
  lockfiles: s.list(s.struct({ path: PATH, digest: DIGEST }), { max: LIMITS.jobPatterns }),
  sandbox: s.struct({
    kind: s.oneOf(['none', 'bubblewrap', 'wasm', 'quickjs', 'container']),
    /** `host`: the job could reach the network. */
    network: s.oneOf(['none', 'host']),
    /** `open`: the job could read and write whatever its user may. */
    files: s.oneOf(['confined', 'open']),
  }),
  /** All variables that the job saw, but those in `passed`. */
  variables: s.record(VARIABLE, ARGUMENT, { max: LIMITS.jobVariables }),
  /** Variables that were handed on from the machine; their values are not recorded. */
  passed: s.list(VARIABLE, { max: LIMITS.jobVariables }),
  /** The commit that was checked out, and how many tracked files differed from it; null outside a working tree. */
  checkout: s.nullable(s.struct({ head: s.nullable(line(LIMITS.oidBytes)), modified: COUNT })),
});
export type Environment = Infer<typeof ENVIRONMENT>;
