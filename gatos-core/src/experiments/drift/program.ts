/** What is compared of a program: all that its id covers, and the terms under which it may run. */
import type { Manifest } from '../../jobs/index.js';
import { type Fact, fact } from './fact.js';

export function programFacts({ program, outputs, libraries, limits, network }: Manifest): readonly Fact[] {
  const { kind, ref, entry, args, env, files } = program;
  return [
    fact('kind', kind),
    fact('entry', entry),
    fact('ref', ref),
    ...files.map(({ path, cid, size, executable }) => ({
      name: `file ${path}`,
      value: executable ? `${cid} (executable)` : String(cid),
      detail: `${size} bytes`,
    })),
    ...args.map((value, i) => fact(`argument ${i + 1}`, value)),
    ...Object.entries(env).map(([name, value]) => fact(`variable ${name}`, value)),
    ...outputs.map((pattern) => fact(`output ${pattern}`, 'declared')),
    ...libraries.map((path) => fact(`library ${path}`, 'declared')),
    ...Object.entries(limits).map(([name, value]) => fact(`limit ${name}`, String(value))),
    fact('network', network ? 'allowed' : 'none'),
  ];
}
