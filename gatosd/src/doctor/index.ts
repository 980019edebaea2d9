/**
 * Doctor for one clone on one machine: what gatos-core finds in the repository, and beside it configuration, hooks, keys and files. What is
 * found names the command that mends it; `fix` runs those that take nothing away.
 */
export { type DiagnoseRequest, type Diagnosis, diagnose } from './diagnose.js';
export type { Mended, NotMended } from './mend.js';
export { CLONE_SYMPTOMS } from './symptoms.js';
