import { formatBundle, formatKey, formatStatementDsse, provJson, signStatement, statementBytes } from 'gatos-core';
import { handOf, writeCrate } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { writeOutputFile } from '../../output/file.js';
import type { Answer, Outcome } from '../../output/outcome.js';
import type { Repository } from '../../repository.js';
import { counted } from '../../view/count.js';
import { poxError } from './errors.js';
import { type Exported, parseLicense, readExported, refusedUnverified } from './verified.js';

export const command = defineCommand({
  name: 'export',
  summary: 'write an experiment in a form that others read',
  description: `
Verifies an experiment, and writes it in a form that needs no git-gatos to be read:

  --ro-crate DIR  a Process Run Crate (RO-Crate 1.1): metadata, and all files; the folder must be empty or not there
  --dsse FILE     an in-toto Statement v1 with SLSA provenance v1, signed, as a DSSE envelope
  --bundle FILE   the same as a Sigstore bundle v0.3; whoever checks it brings the key
  --prov FILE     W3C PROV-JSON

The statement is signed with the key at hand: yours, whoever made the experiment. It says that you have verified it. \`-\` as a file is standard output.
`,
  positionals: [{ name: 'id', kind: 'text', summary: 'id of the experiment', complete: 'experiments' }],
  options: {
    roCrate: { kind: 'path', placeholder: 'DIR', summary: 'as an RO-Crate, in this folder', complete: 'directories' },
    dsse: { kind: 'path', placeholder: 'FILE', summary: 'as a signed statement', complete: 'files' },
    bundle: { kind: 'path', placeholder: 'FILE', summary: 'as a Sigstore bundle', complete: 'files' },
    prov: { kind: 'path', placeholder: 'FILE', summary: 'as PROV-JSON', complete: 'files' },
    license: {
      kind: 'parsed',
      parse: parseLicense,
      placeholder: 'SPDX',
      summary: 'the licence under which others may use it, by SPDX identifier or address; for the crate',
    },
  },
  examples: [
    { command: 'git gatos pox export 01J… --ro-crate crate --license CC-BY-4.0', note: 'for a data repository' },
    { command: 'git gatos pox export 01J… --bundle pox.sigstore.json', note: 'for tools of supply chains' },
  ],
  exits: ['no', 'missing', 'absent', 'untrusted', 'mismatch', 'purged', 'unchecked', 'temporary'],
  seeAlso: ['pox cite', 'pox show', 'verify'],
  run: async (context, { id, roCrate, dsse, bundle, prov, license }) => {
    const given = [roCrate, dsse, bundle, prov].filter((path) => path !== undefined);
    if (given.length !== 1) throw poxError('one-form', {});
    const workspace = await context.openRepository();
    const refused = await refusedUnverified(context, workspace, { id, what: 'exported' });
    if (refused !== null) return refused;
    const exported = await readExported(workspace, { id, license: license ?? null });
    if (roCrate !== undefined) return crate(context, { workspace, exported, folder: roCrate });
    if (prov !== undefined) return written({ path: prov, text: provJson(exported.experiment), form: 'prov' });
    return signed(context, { workspace, exported, dsse, bundle });
  },
});

interface CrateParts {
  readonly workspace: Repository;
  readonly exported: Exported;
  readonly folder: string;
}

async function crate(context: Context, { workspace, exported, folder }: CrateParts): Promise<Answer> {
  const { progress, signal } = context;
  const request = { ...exported, folder, progress, signal };
  const files = await writeCrate(workspace.backend, request);
  return {
    value: { id: exported.experiment.proof.ulid, form: 'ro-crate', path: folder, files },
    text: `${folder}: ${counted(files.length, 'file')}`,
  };
}

interface SignedParts {
  readonly workspace: Repository;
  readonly exported: Exported;
  readonly dsse: string | undefined;
  readonly bundle: string | undefined;
}

async function signed(context: Context, { workspace, exported, dsse, bundle }: SignedParts): Promise<Outcome> {
  const { env, prompt } = context;
  const { signer } = await handOf(workspace, { env, passphrase: prompt.passphrase });
  const statement = await signStatement(statementBytes(exported.experiment), signer);
  const key = formatKey(signer.key);
  if (bundle !== undefined) return written({ path: bundle, text: formatBundle(statement), form: 'bundle', key });
  return written({ path: dsse ?? '-', text: formatStatementDsse(statement), form: 'dsse', key });
}

interface Written {
  readonly path: string;
  readonly text: string;
  readonly form: string;
  readonly key?: string;
}

/** To standard output it is the answer itself. */
function written({ path, text, form, key }: Written): Outcome {
  const bytes = Buffer.from(text);
  if (path === '-') return { bytes: [bytes] };
  writeOutputFile(path, bytes);
  return {
    value: { form, path, size: bytes.length, ...(key === undefined ? {} : { key }) },
    text: [path, ...(key === undefined ? [] : [`signed by ${key}`])],
  };
}
