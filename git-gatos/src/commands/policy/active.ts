/** The policy in force here, for the commands that need one. */
import type { ActivePolicy } from 'gatos-core';
import type { Context } from '../../context.js';
import { policyFilesError } from './errors.js';

/** Throws `policy-files/not-adopted`, and as `policy` of the façade. */
export async function openActivePolicy(context: Context): Promise<ActivePolicy> {
  const policy = await (await context.openRepository()).repository.policy();
  if (policy === null) throw policyFilesError('not-adopted', {});
  return policy;
}
