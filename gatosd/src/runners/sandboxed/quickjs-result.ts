/** What `run` of a `quickjs` job returns: `{ outputs: { 'model.json': text | { base64 } | { json } }, log?: text | text[] }`. */
import { formatJson, type JsonValue, pathFault, utf8 } from 'gatos-core';
import { Ending, type GivenBytes, overLimit } from './messages.js';

export interface ScriptOutputs {
  readonly files: GivenBytes[];
  /** To be printed. */
  readonly lines: readonly string[];
}

interface Bounds {
  /** Paths of what the job was given. */
  readonly given: ReadonlySet<string>;
  /** Bytes of all files and of the log. */
  readonly limit: number;
}

type JsonMap = { readonly [name: string]: JsonValue };

const FORMS = 'a text, `{ base64: text }` or `{ json: value }`';
const SHAPE = '`run` returns `{ outputs: { path: … }, log: … }`';

/** Throws an `Ending` that says what is wrong and what is expected. */
export function readResult(value: JsonValue, { given, limit }: Bounds): ScriptOutputs {
  if (!isMap(value)) throw failed(`${SHAPE}, and it returned ${kindOf(value)}`);
  const unknown = Object.keys(value).find((name) => name !== 'outputs' && name !== 'log');
  if (unknown !== undefined) throw failed(`${SHAPE}, and it returned a field \`${unknown}\``);
  const { outputs = {}, log } = value;
  if (!isMap(outputs)) throw failed(`\`outputs\` maps paths to ${FORMS}, and it is ${kindOf(outputs)}`);
  const lines = linesOf(log);
  const files = Object.entries(outputs).map(([path, content]) => {
    const fault = pathFault(path);
    if (fault !== undefined) throw failed(`the path \`${path}\` of an output ${fault}`);
    if (given.has(path)) {
      const failure = `it gives \`${path}\`, which is what it was given`;
      throw new Ending({ status: 'changed-input', exit: 1, failure });
    }
    return { path, bytes: bytesOf(path, content) };
  });
  const size =
    files.reduce((sum, { bytes }) => sum + bytes.length, 0) +
    lines.reduce((sum, line) => sum + utf8(line).length + 1, 0);
  if (size > limit) throw overLimit(`it gives ${size} bytes, the limit is ${limit}`);
  return { files, lines };
}

function linesOf(log: JsonValue | undefined): readonly string[] {
  if (log === undefined) return [];
  if (typeof log === 'string') return log === '' ? [] : [log.endsWith('\n') ? log.slice(0, -1) : log];
  const lines = Array.isArray(log) ? (log as readonly JsonValue[]) : [log];
  const other = lines.find((line) => typeof line !== 'string');
  if (!Array.isArray(log) || other !== undefined)
    throw failed(
      `\`log\` is a text or a list of texts, and ${Array.isArray(log) ? 'it has' : 'it is'} ${kindOf(other ?? log)}`,
    );
  return lines as readonly string[];
}

function bytesOf(path: string, content: JsonValue): Uint8Array {
  if (typeof content === 'string') return utf8(content);
  const names = isMap(content) ? Object.keys(content) : [];
  if (!isMap(content) || names.length !== 1)
    throw failed(`the output \`${path}\` is ${kindOf(content)}; it has to be ${FORMS}`);
  const { base64, json } = content;
  if (json !== undefined) return utf8(`${formatJson(json, { indent: 2, sorted: true })}\n`);
  if (base64 === undefined) throw failed(`the output \`${path}\` has a field \`${names[0]}\`; it has to be ${FORMS}`);
  if (typeof base64 !== 'string') throw failed(`the \`base64\` of output \`${path}\` is ${kindOf(base64)}, not a text`);
  const bytes = Buffer.from(base64, 'base64');
  // Node decodes whatever it can; one text stands for one file.
  if (bytes.toString('base64') !== base64)
    throw failed(`the \`base64\` of output \`${path}\` is not base64 (RFC 4648, padded)`);
  return new Uint8Array(bytes);
}

function isMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object';
  return { string: 'a text', number: 'a number', boolean: 'a boolean' }[
    typeof value as 'string' | 'number' | 'boolean'
  ];
}

function failed(failure: string): Ending {
  return new Ending({ status: 'failed', exit: 1, failure });
}
