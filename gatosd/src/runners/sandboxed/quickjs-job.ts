/** Runs a `quickjs` job, in a thread: the sandbox of folds calls `run({ inputs, args, env })` once. */
import { isGatosError, type JsonValue, LIMITS, lintFold, runScript, SharedEngine } from 'gatos-core';
import { loadEngine } from 'gatos-core/node';
import { outcomeOf } from './chosen.js';
import {
  Ending,
  type GivenBytes,
  NoRoom,
  type Outcome,
  overLimit,
  type QuickjsRequest,
  SUCCEEDED,
  type Verdict,
} from './messages.js';
import { readResult } from './quickjs-result.js';
import { findingText, scriptVerdict } from './quickjs-texts.js';
import { SharedLog } from './shared-log.js';

/**
 * The engine keeps the sandbox of the last program. A reset makes it byte for byte what a new one is, and takes a hundredth of the
 * time of making one.
 */
let engine: SharedEngine | undefined;

/** Throws `NoRoom`, and what is a fault of ours. */
export async function runQuickjs(request: QuickjsRequest): Promise<Outcome> {
  const log = new SharedLog(request.log);
  try {
    const value = await evaluate(request, log);
    const given = new Set([...request.inputs, ...request.program].map(({ path }) => path));
    const { files, lines } = readResult(value, { given, limit: request.outputBytes });
    for (const line of lines) log.text('stdout', `${line}\n`);
    const outcome = outcomeOf(SUCCEEDED, files, request.outputs);
    const kept = new Set(outcome.outputs.map(({ path }) => path));
    for (const { path } of files)
      if (!kept.has(path)) log.text('stderr', `\`${path}\` is not among the declared outputs, so it is not kept\n`);
    return outcome;
  } catch (error) {
    const verdict = verdictOf(error, request.entry);
    if (verdict.failure !== null) log.text('stderr', `${verdict.failure}\n`);
    return { ...verdict, outputs: [] };
  }
}

async function evaluate(request: QuickjsRequest, log: SharedLog): Promise<JsonValue> {
  const { entry, program, gas, args, env } = request;
  const memory = Math.min(request.memoryBytes, LIMITS.foldMemoryMax);
  const source = sourceOf(entry, program);
  engine ??= new SharedEngine(await loadEngine());
  const inputs = Object.fromEntries(request.inputs.map(({ path, bytes }) => [path, textOrBase64(bytes)]));
  try {
    const { value } = await runScript(engine, { source, input: { inputs, args, env }, gas, memory });
    return value;
  } catch (error) {
    if (isGatosError(error, 'fold/lint'))
      for (const finding of lintFold(source, 'run')) log.text('stderr', `${findingText(finding, entry)}\n`);
    throw error;
  }
}

function sourceOf(entry: string, program: readonly GivenBytes[]): string {
  const main = program.find(({ path }) => path === entry);
  if (main === undefined) throw new Error(`no \`${entry}\``);
  if (main.bytes.length > LIMITS.foldSourceBytes)
    throw overLimit(`\`${entry}\` has ${main.bytes.length} bytes, the limit is ${LIMITS.foldSourceBytes}`);
  const text = utf8Text(main.bytes);
  if (text === undefined) throw new Ending({ status: 'failed', exit: null, failure: `\`${entry}\` is not UTF-8 text` });
  return text;
}

function textOrBase64(bytes: Uint8Array): JsonValue {
  return utf8Text(bytes) ?? { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') };
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Throws what says nothing about the job. */
function verdictOf(error: unknown, entry: string): Verdict {
  if (error instanceof Ending) return error.verdict;
  const verdict = isGatosError(error) ? scriptVerdict(error, entry) : undefined;
  if (verdict !== undefined) return verdict;
  if (isGatosError(error, 'fold/no-room')) throw new NoRoom(String(error.data.what));
  throw error;
}
