/**
 * What every git adapter promises (`src/git/ports.ts`), as tests. A test file of an adapter is one call:
 * `gitContract('mine', makeSubject, { describe, it, expect })`.
 */
import { historyContract } from './git-contract-history.js';
import { objectContract } from './git-contract-objects.js';
import { refContract } from './git-contract-refs.js';
import { sharedRefContract } from './git-contract-shared-refs.js';
import type { MakeGitSubject, OnSubject, TestTools } from './git-contract-subject.js';

/** Declares the whole suite. */
export function gitContract(name: string, make: MakeGitSubject, tools: TestTools): void {
  const on: OnSubject = (needs, body) => async (context) => {
    const subject = await make();
    try {
      const lacking = needs.filter((need) => subject[need] === undefined);
      if (lacking.length > 0) context.skip(`this adapter's subject has no ${lacking.join(', ')}`);
      else await body(subject as Parameters<typeof body>[0]);
    } finally {
      await subject.dispose();
    }
  };
  tools.describe(`the git contract: ${name}`, () => {
    objectContract(on, tools);
    historyContract(on, tools);
    refContract(on, tools);
    sharedRefContract(on, tools);
  });
}
