/** Entities of a crate: flat, each with an id, referring to one another by it (RO-Crate 1.1, appendix JSON-LD). */
import { formatHex, type JsonValue } from '../../codec/index.js';
import { type CrateFile, idOf } from './crate-files.js';
import { mediaTypeOf } from './media-types.js';

export interface Entity {
  readonly '@id': string;
  readonly '@type': string | readonly string[];
  readonly [property: string]: JsonValue;
}

export function reference(id: string): { readonly '@id': string } {
  return { '@id': id };
}

const ROLES = {
  input: 'An input',
  program: 'A file of the program',
  output: 'An output',
  stdout: 'What was printed to standard output',
  stderr: 'What was printed to standard error',
} as const;

/** The file's name as the job knows it stands in `alternateName` where the crate has it under another (profile, "Requirements"). */
export function fileEntity(file: CrateFile): Entity {
  const { cid, size, role, job, name, path } = file;
  const type = mediaTypeOf(path);
  return {
    '@id': idOf(file),
    '@type': 'File',
    name,
    ...(path === name ? {} : { alternateName: name }),
    description: `${ROLES[role]} of job ${job}`,
    contentSize: String(size),
    sha256: formatHex(cid.digest),
    identifier: String(cid),
    ...(type === null ? {} : { encodingFormat: type }),
  };
}
