/** Faults of the sandboxed runners: what they refuse to take, and threads that die. What a program does is a status, no fault. */
import { errorArea } from 'gatos-core';

export const sandboxedError = errorArea('sandboxed', {
  'no-network': {
    kind: 'unsupported',
    message: (d: { kind: string }) => `a \`${d.kind}\` job has no network, and this one asks for it`,
    hint: () => 'give it what it needs as an input, or run it as a `process` job',
  },
  'no-libraries': {
    kind: 'unsupported',
    message: (d: { kind: string; library: string }) =>
      `a \`${d.kind}\` job reads no folder of the machine, and this one names the library \`${d.library}\``,
    hint: () => 'carry the files along with the program, or as inputs',
  },
  'no-entry': {
    kind: 'input',
    message: (d: { entry: string }) => `the main file \`${d.entry}\` is not among the files of the program`,
  },
  'not-one-module': {
    kind: 'input',
    message: (d: { files: number }) => `a \`quickjs\` program is one module, and this one has ${d.files} files`,
    hint: () => 'bundle them into one, or give data files as inputs',
  },
  'same-path': {
    kind: 'input',
    message: (d: { path: string }) => `\`${d.path}\` is given twice, or is a file and a folder at once`,
    hint: () => 'an input and a file of the program need different paths',
  },
  'thread-failed': {
    kind: 'internal',
    message: (d: { why: string }) => `the thread of a sandboxed job failed: ${d.why}`,
    hint: () => 'this says nothing about the job',
  },
  'no-room': {
    kind: 'unavailable',
    message: (d: { what: string }) => `this machine could not give the job enough ${d.what}`,
    hint: () => 'this says nothing about the job; try again with more memory',
  },
  closed: {
    kind: 'unavailable',
    message: () => 'the runner was closed',
  },
});
