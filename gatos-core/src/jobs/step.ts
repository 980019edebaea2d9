/** Appends of one step, at one place in history. */
import type { AppendRequest } from '../chain/index.js';

/**
 * The same requests, for `appendTogether`: what they append stands after what stood in the chains of all those before them, as whatever a
 * writer saw does. What becomes visible together has one clock where nothing else stands in between; what names what, their CIDs say.
 */
export function inOneStep(requests: readonly AppendRequest[]): readonly AppendRequest[] {
  let seen = 0;
  return requests.map((request) => ({
    ...request,
    prepare: async (head, before) => {
      seen = Math.max(seen, head?.clock ?? 0);
      return request.prepare(head, before);
    },
    floor: async () => Math.max(seen, await request.floor()),
  }));
}
