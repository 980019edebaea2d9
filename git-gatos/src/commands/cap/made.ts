/** What is said of a capability that was made just now. */
import type { MadeCapability } from 'gatos-core';
import type { Context } from '../../context.js';
import { writeOutputFile } from '../../output/file.js';
import type { Answer } from '../../output/outcome.js';
import { capabilityLines, capabilityValue } from '../../view/capability.js';
import { capabilitiesNow } from './view.js';

export async function made(context: Context, { status, held }: MadeCapability, out?: string): Promise<Answer> {
  if (out !== undefined) writeOutputFile(out, held.bytes);
  const standing = await capabilitiesNow(context);
  const listed = standing.all.find((each) => each.held.hex === held.hex);
  const parents = listed?.parents ?? [];
  const recorded = listed ?? { held, actor: '', time: 0, parents, revocation: null };
  const view = await standing.now(recorded);
  const first = status === 'exists' ? 'this very capability was issued before: nothing was written' : 'issued';
  return {
    value: { ...capabilityValue(view), status, ...(out === undefined ? {} : { written: out }) },
    text: [first, ...capabilityLines(view, context.colour)],
    next: [
      'share it: git gatos sync',
      `every check of it: git gatos cap verify ${held.hex.slice(0, 16)}`,
      ...(held.capability.delegable ? [] : ['the subject cannot pass on a part of it: that takes --delegable']),
    ],
  };
}
