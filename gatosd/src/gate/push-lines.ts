/**
 * What git tells a hook on standard input: lines of `pre-receive` (`<old> SP <new> SP <ref> LF`) and of `pre-push`
 * (`<local ref> SP <local id> SP <remote ref> SP <remote id> LF`). Source: githooks(5).
 */
import { isOid, type ObjectFormat, type Oid, type RefUpdate } from 'gatos-core';
import { doorError } from './errors.js';

/** Bytes of standard input that are kept: some 200,000 refs. */
export const MOST_INPUT = 32 * 1024 * 1024;

export type Input = Uint8Array | AsyncIterable<Uint8Array>;

/** All of the input. It is read to its end also where it is too long: git must not run into a closed pipe. Throws `door/too-long`. */
export async function readInput(input: Input, most: number = MOST_INPUT): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input instanceof Uint8Array ? [input] : input) {
    length += chunk.length;
    if (length <= most) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > most) throw doorError('too-long', { bytes: most });
  return new Uint8Array(Buffer.concat(chunks));
}

export interface ReadLines {
  readonly form: 'pre-receive' | 'pre-push';
  readonly format: ObjectFormat;
}

/** Throws `door/bad-line`: an input that was cut off is no push. */
export function parseLines(input: Uint8Array, { form, format }: ReadLines): readonly RefUpdate[] {
  if (input.length === 0) return [];
  const lines = textLines(input);
  const last = lines.pop();
  if (last !== '') throw doorError('bad-line', { line: lines.length + 1, why: 'it does not end' });
  const none = '0'.repeat(format === 'sha1' ? 40 : 64);
  return lines.map((text, i) => {
    const fields = text.split(' ');
    const bad = (why: string) => doorError('bad-line', { line: i + 1, why });
    const oid = (field: string | undefined): Oid | null => {
      if (field === none) return null;
      if (field !== undefined && isOid(field, format)) return field;
      throw bad(`it does not have an object id of a ${format} repository`);
    };
    if (form === 'pre-push') {
      const [, local, name, remote, ...rest] = fields;
      if (name === undefined || name === '' || rest.length > 0) throw bad('it does not have four words');
      return { name, old: oid(remote), next: oid(local) };
    }
    // A ref name holds no space, but whoever speaks to the server directly may say so.
    const name = fields.slice(2).join(' ');
    if (name === '') throw bad('it does not have three words');
    return { name, old: oid(fields[0]), next: oid(fields[1]) };
  });
}

/** Bytes that are no UTF-8 stay apart: a ref whose name cannot be told is not taken for another one. */
function textLines(input: Uint8Array): string[] {
  const text = Buffer.from(input.buffer, input.byteOffset, input.length).toString('utf8');
  if (!text.includes('\ufffd')) return text.split('\n');
  return text.split('\n').map((line, i) => {
    if (line.includes('\ufffd')) throw doorError('bad-line', { line: i + 1, why: 'the name of the ref is not UTF-8' });
    return line;
  });
}
