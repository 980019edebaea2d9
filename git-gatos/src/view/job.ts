/** Jobs as people and scripts see them. */
import { constants } from 'node:os';
import { type Execution, formatHex, formatTime, type JobView } from 'gatos-core';
import type { Style } from '../output/style.js';
import { formatSize } from './size.js';

const MICROS = 1_000_000;
const TIMED_OUT = 124;
const SIGNALLED = 128;

/** The exit status that stands for how a program ended, as shells and timeout(1) have it. */
export function relayedStatus({ status, exit, signal }: Pick<Execution, 'status' | 'exit' | 'signal'>): number {
  if (status === 'succeeded') return 0;
  if (status === 'timed-out') return TIMED_OUT;
  if (signal !== null) return SIGNALLED + ((constants.signals as Record<string, number>)[signal] ?? 0);
  return exit === null || exit === 0 ? 1 : exit;
}

/** A job in a list, as data. */
export function jobValue({ job, manifest, state, claim, result }: JobView) {
  const { actor, time } = manifest.entry.envelope;
  const { program } = manifest.body;
  return {
    job: String(job),
    state,
    kind: program.kind,
    command: [program.entry, ...program.args],
    submitted: { actor, time: formatTime(time) },
    worker: claim?.worker ?? null,
    lease_until: claim === null || claim.state !== 'held' ? null : formatTime(claim.lease_until),
    attempt: claim?.attempt ?? 0,
    reason: result?.body.reason ?? null,
  };
}

/** As `jobValue`, with all that is known. */
export function jobDetails(view: JobView) {
  const { manifest, execution } = view;
  const { program, inputs, outputs, libraries, limits, network } = manifest.body;
  return {
    ...jobValue(view),
    program: { ...program, files: program.files.map((file) => ({ ...file, cid: String(file.cid) })) },
    inputs: inputs.map((input) => ({ ...input, cid: String(input.cid) })),
    declared_outputs: outputs,
    libraries,
    limits,
    network,
    execution: execution === null ? null : executionValue(execution),
  };
}

function executionValue({ entry, body }: NonNullable<JobView['execution']>) {
  return {
    ...body,
    poe: String(entry.envelope.cid),
    actor: entry.envelope.actor,
    started: formatTime(body.started),
    finished: formatTime(body.finished),
    seconds: (body.finished - body.started) / MICROS,
  };
}

const SHOWN_COMMAND = 60;

function shownCommand({ manifest }: JobView): string {
  const { entry, args } = manifest.body.program;
  const text = [entry, ...args].join(' ');
  return text.length <= SHOWN_COMMAND ? text : `${text.slice(0, SHOWN_COMMAND)}…`;
}

const MARKS: Readonly<Record<string, string>> = { open: ' ', held: '…', expired: '!', succeeded: '✓', cancelled: '-' };

/** One line of a list. */
export function jobLine(view: JobView, style: Style): string {
  const { job, state, claim } = view;
  const colour = state === 'succeeded' ? style.green : MARKS[state] === undefined ? style.red : style.yellow;
  const who = claim === null ? '' : ` by ${claim.worker}`;
  return `${colour(MARKS[state] ?? '✗')} ${job}  ${shownCommand(view)}  ${style.dim(`(${state}${who})`)}`;
}

/** All there is to say, for people. */
export function jobLines(view: JobView, style: Style): readonly string[] {
  const { manifest, execution, result } = view;
  const { inputs, program, outputs } = manifest.body;
  const { actor, time } = manifest.entry.envelope;
  const file = (mark: string, { name, size, cid }: { name: string; size: number; cid: unknown }) =>
    `  ${mark.padEnd(4)} ${name}  ${formatSize(size)}  ${style.dim(String(cid))}`;
  return [
    jobLine(view, style),
    style.dim(`submitted by ${actor}, ${formatTime(time)}`),
    ...program.files.map(({ path, ...rest }) => file('code', { name: path, ...rest })),
    ...inputs.map((input) => file('in', input)),
    ...(execution === null
      ? outputs.map((pattern) => `  out  ${pattern}  ${style.dim('declared')}`)
      : execution.body.outputs.map(({ path, ...rest }) => file('out', { name: path, ...rest }))),
    ...(result?.body.reason == null ? [] : [`cancelled: ${result.body.reason}`]),
    ...(execution === null ? [] : executionLines(execution, style)),
  ];
}

function executionLines({ entry, body }: NonNullable<JobView['execution']>, style: Style): readonly string[] {
  const { status, exit, failure, started, finished, environment, logs } = body;
  const { runner, os, arch, tools, libraries, sandbox, engine } = environment;
  const seconds = ((finished - started) / MICROS).toFixed(2);
  const confined = `${sandbox.kind}, files ${sandbox.files}, network ${sandbox.network}`;
  return [
    `${status}${exit === null ? '' : `, exit status ${exit}`}, ${seconds} s, by ${entry.envelope.actor}, ${formatTime(finished)}`,
    ...(failure === null ? [] : [failure]),
    style.dim(`on ${os} ${arch}, ${runner}${engine === null ? '' : `, ${engine}`} (${confined})`),
    ...tools.map(({ name, version, digest }) => style.dim(`with ${name} ${version} sha256:${formatHex(digest)}`)),
    ...libraries.map(({ path, version, digest }) =>
      style.dim(`with ${path} ${version ?? ''} sha256:${formatHex(digest)}`),
    ),
    style.dim(`printed ${formatSize(logs.stdout)} and ${formatSize(logs.stderr)} of errors`),
    style.dim(`Proof-of-Execution ${entry.envelope.cid}`),
  ];
}
