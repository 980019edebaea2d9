/** Faults of gathering a job from a folder, and of running it here. */
import { errorArea } from 'gatos-core';

export const workError = errorArea('work', {
  'no-file': {
    kind: 'input',
    message: (d: { path: string; role: string }) => `there is no file \`${d.path}\` to take as ${d.role}`,
    hint: (d: { path: string }) =>
      d.path.includes('*') ? 'a pattern has to match at least one file' : 'paths are relative to the folder you are in',
  },
  'bad-path': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `\`${d.path}\` cannot be a file of a job: it ${d.why}`,
    hint: () => 'a job sees the folder it is run in and what is below it: run it from a folder above, or copy the file',
  },
  unreadable: {
    kind: 'unavailable',
    message: (d: { path: string; why: string }) => `\`${d.path}\` cannot be read: ${d.why}`,
  },
  'changed-meanwhile': {
    kind: 'conflict',
    message: (d: { path: string }) => `\`${d.path}\` changed while it was being read; nothing was run`,
    hint: () => 'run it again when nothing writes to it',
  },
  'no-command': {
    kind: 'input',
    message: () => 'there is nothing to run',
    hint: () => 'write the command after `--`, such as `git gatos run -o out.txt -- sort in.txt`',
  },
  'no-runner': {
    kind: 'unsupported',
    message: (d: { kind: string }) => `no runner for \`${d.kind}\` programs is here`,
  },
  'no-variable': {
    kind: 'input',
    message: (d: { name: string }) => `there is no variable \`${d.name}\` to hand on`,
  },
  'not-restored': {
    kind: 'unavailable',
    message: (d: { path: string; why: string }) => `the output \`${d.path}\` could not be written here: ${d.why}`,
    hint: () => 'the job is recorded: `git gatos job show` finds its outputs',
  },
});
