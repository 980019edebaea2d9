/** Faults of mending: what was found is not so any more. */
import { errorArea } from 'gatos-core';

export const doctorError = errorArea('doctor', {
  gone: {
    kind: 'conflict',
    message: (d: { what: string }) => `\`${d.what}\` is not as it was found any more`,
    hint: () => '`git gatos doctor` looks again',
  },
});
