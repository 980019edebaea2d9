/** Faults of running an experiment again, and of writing its files. */
import { EXIT, errorArea } from 'gatos-core';

export const experimentFilesError = errorArea('experiment-files', {
  'not-empty': {
    kind: 'input',
    message: (d: { path: string }) => `the folder \`${d.path}\` is not empty`,
    hint: () => 'name one that is not there yet: nothing in it is overwritten',
  },
  'not-written': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `\`${d.path}\` cannot be written: ${d.why}`,
  },
});

export const reproduceError = errorArea('reproduce', {
  'no-interpreter': {
    kind: 'missing',
    message: (d: { command: string; version: string; digest: string; job: string }) =>
      `\`${d.command}\`, which ran job \`${d.job}\`, is not on the search path of this machine`,
    hint: (d: { command: string; version: string; digest: string }) =>
      `it was ${d.version === 'unknown' ? `the one with digest ${d.digest}` : `version ${d.version}, ${d.digest}`}; any other may be tried`,
  },
});
