/** Faults of running jobs: what this machine cannot do, and what it was given that is not what was promised. */
import { EXIT, errorArea } from 'gatos-core';

export const runnerError = errorArea('runner', {
  'no-command': {
    kind: 'unsupported',
    message: (d: { command: string }) => `there is no command \`${d.command}\` on this machine`,
    hint: () => 'install it, or leave the job to a worker that has it',
  },
  'other-kind': {
    kind: 'unsupported',
    message: (d: { kind: string; runner: string }) =>
      `a \`${d.kind}\` program does not run in the \`${d.runner}\` runner`,
  },
  'bad-program': {
    kind: 'input',
    message: (d: { why: string }) => `this program cannot be run: ${d.why}`,
  },
  'no-sandbox': {
    kind: 'unsupported',
    message: (d: { why: string }) => `jobs have to be confined here, and they cannot be: ${d.why}`,
    hint: () => 'install bubblewrap and allow user namespaces, or run it unconfined',
  },
  'no-container-engine': {
    kind: 'unsupported',
    message: (d: { why: string }) => `jobs of kind \`container\` are unsupported here: ${d.why}`,
    hint: () => 'install podman, or start docker; `podman info` or `docker info` has to answer',
  },
  'no-digest': {
    kind: 'input',
    message: (d: { image: string }) => `the image \`${d.image}\` is not named by its digest`,
    hint: () => 'a tag can be moved to another image: write `name@sha256:…`',
  },
  'bad-given-file': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `the file \`${d.path}\` cannot be given to the job: ${d.why}`,
  },
  'given-size': {
    kind: 'integrity',
    message: (d: { path: string; size: number; got: number }) =>
      `the file \`${d.path}\` has ${d.got} bytes, and ${d.size} were announced`,
  },
  'given-bytes': {
    kind: 'integrity',
    message: (d: { path: string }) => `the file \`${d.path}\` is not the one that the manifest names`,
  },
  'no-library': {
    kind: 'missing',
    message: (d: { path: string; why: string }) => `the library \`${d.path}\` is not here: ${d.why}`,
    hint: () => 'install what the job reads (such as `npm ci`), and run it from the folder that has it',
  },
  'too-many-files': {
    kind: 'limit',
    message: (d: { where: string; limit: number }) => `${d.where} has more than ${d.limit} files`,
  },
  'too-large': {
    kind: 'limit',
    message: (d: { what: string; size: number; limit: number }) =>
      `${d.what} has ${d.size} bytes, the limit is ${d.limit}`,
    hint: () =>
      'a sandbox keeps the files of its program in memory: cut it into parts, or run the program as a process, which takes files of any size',
  },
  'bad-variable': {
    kind: 'input',
    message: (d: { name: string; why: string }) => `the variable \`${d.name}\` cannot be set for a job: ${d.why}`,
  },
  'not-started': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { command: string; why: string }) => `\`${d.command}\` could not be started: ${d.why}`,
  },
  scratch: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `the folder of the job, \`${d.path}\`, cannot be used: ${d.why}`,
    hint: () => 'is there room on the disk, and may you write there? `TMPDIR` says where it is made',
  },
  disposed: {
    kind: 'input',
    message: (d: { path: string }) => `the output \`${d.path}\` is gone: its job was disposed of`,
  },
});
