/** Faults of policy files on disk. */
import { errorArea } from 'gatos-core';
import { counted } from '../../view/count.js';

export const policyFilesError = errorArea('policy-files', {
  none: {
    kind: 'missing',
    message: (d: { path: string }) => `there is no policy in \`${d.path}\`: no \`.rgs\` and no \`.md\` file`,
    hint: () => 'write one to start from: `git gatos policy new NAME`, or name the files',
  },
  'too-many': {
    kind: 'limit',
    message: (d: { path: string; limit: number }) => `\`${d.path}\` holds more than ${counted(d.limit, 'file')}`,
    hint: () => 'name a folder that holds nothing but the policy',
  },
  'bad-name': {
    kind: 'input',
    message: (d: { name: string; what: 'policy' | 'decision' }) => `\`${d.name}\` cannot be the name of a ${d.what}`,
    hint: (d: { what: 'policy' | 'decision' }) =>
      d.what === 'policy'
        ? 'use lower-case letters, digits and `_`, a letter first, such as `api_review`'
        : 'use lower-case letters, digits, `-` and `_`, such as `0042-public-api`',
  },
  exists: {
    kind: 'conflict',
    message: (d: { path: string }) => `\`${d.path}\` is there already`,
    hint: () => 'nothing was written; choose another name, or edit what is there',
  },
  'not-text': {
    kind: 'input',
    message: (d: { path: string }) => `\`${d.path}\` is not UTF-8`,
  },
  'no-input': {
    kind: 'input',
    message: (d: { path: string; why: string; hint: string | null }) => `\`${d.path}\` is no input document: ${d.why}`,
    hint: (d: { hint: string | null }) =>
      d.hint ??
      '`git gatos policy eval --schema` prints what it has to be; `--partial` completes one that says only some fields',
  },
  'tests-fail': {
    kind: 'input',
    message: (d: { failed: number; where: string }) => `nothing was adopted: ${counted(d.failed, 'test')} of it failed`,
    hint: (d: { where: string }) =>
      `see why: \`git gatos policy test${d.where}\`; \`--untested\` adopts it all the same`,
  },
  'not-adopted': {
    kind: 'missing',
    message: () => 'no policy is in force here',
    hint: () => 'adopt one: `git gatos policy adopt`',
  },
  'no-source': {
    kind: 'input',
    message: (d: { path: string }) => `\`${d.path}\` is compiled: it does not hold the sources`,
    hint: () => '`--code` prints what it says',
  },
  'no-code': {
    kind: 'input',
    message: (d: { path: string }) => `\`${d.path}\` is neither a compiled policy nor a saved adoption`,
    hint: () => '`git gatos policy compile -o FILE` writes the one, `git gatos policy adopt --out FILE` the other',
  },
  'one-input': {
    kind: 'input',
    message: () => '`-` stands for standard input, which is one module: no other file can be named beside it',
  },
});
