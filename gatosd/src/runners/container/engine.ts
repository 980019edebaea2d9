/** The container engine of this machine: podman, which needs no service, before docker, whose service has to answer. */
import { execFile } from 'node:child_process';
import { type Located, locate, type Search } from '../facts/index.js';

export interface Engine {
  readonly name: 'podman' | 'docker';
  readonly program: Located;
}

export type EngineProbe = { readonly found: Engine } | { readonly found: null; readonly why: string };

const ANSWER_MS = 10_000;

/** What has to be there is a service that answers; a client alone runs nothing. */
const QUESTIONS = {
  podman: ['info', '--format', '{{.Version.Version}}'],
  docker: ['version', '--format', '{{.Server.Version}}'],
} as const;

export async function probeEngine(search: Search): Promise<EngineProbe> {
  let why = 'there is neither `podman` nor `docker` on the search path';
  for (const name of ['podman', 'docker'] as const) {
    const program = await locate(name, search);
    if (program === null) continue;
    const silence = await unanswered(program.path, QUESTIONS[name], search.env);
    if (silence === null) return { found: { name, program } };
    why = `\`${name}\` does not answer: ${silence}`;
  }
  return { found: null, why };
}

/** Null when it answers, else what it says. */
function unanswered(
  program: string,
  question: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { env: env as NodeJS.ProcessEnv, timeout: ANSWER_MS, killSignal: 'SIGKILL' as const };
    execFile(program, [...question], options, (error, stdout, stderr) => {
      if (error === null && stdout.trim() !== '') return resolve(null);
      resolve(stderr.trim().split('\n', 1)[0] || 'it printed no version');
    });
  });
}
