/** How a rule errs: thrown inside the evaluator only, and always turned into an entry of the decision's `errors`. */

/** Closed: what can go wrong while a rule is evaluated. */
export type FaultCode =
  | 'policy/type'
  | 'policy/missing-field'
  | 'policy/index'
  | 'policy/overflow'
  | 'policy/division'
  | 'policy/empty'
  | 'policy/argument'
  | 'policy/glob'
  | 'policy/semver'
  | 'policy/time'
  | 'policy/too-large'
  | 'policy/depth'
  | 'policy/unbound'
  | 'policy/gas';

export class RuleFault {
  constructor(
    readonly code: FaultCode,
    readonly message: string,
  ) {}
}
