/** Faults of the sandbox, a part of the area `fold`. Those with an `index` name the event by its place in the batch that was run. */
import type { ErrorDefinition } from '../kernel/index.js';

export const SANDBOX_FAULTS = {
  lint: {
    kind: 'input',
    message: (d: { count: number; rule: string; line: number; column: number; why: string; alternative: string }) =>
      `the fold is refused at line ${d.line}, column ${d.column}: ${d.why}${d.count > 1 ? ` (and ${d.count - 1} more)` : ''}`,
    hint: (d: { alternative: string }) => `${d.alternative}; \`git gatos fold lint\` lists every finding`,
  },
  'engine-unknown': {
    kind: 'unsupported',
    message: (d: { have: string; known: string }) =>
      `the sandbox engine \`${d.have}\` is not the one this version knows`,
    hint: (d: { known: string }) => `it knows the wasm binary ${d.known}`,
  },
  'engine-fault': {
    kind: 'internal',
    message: (d: { why: string; index?: number | undefined }) => `the sandbox engine failed: ${d.why}`,
  },
  'no-room': {
    kind: 'unavailable',
    message: (d: { what: string; index?: number | undefined }) =>
      `this machine could not give the sandbox enough ${d.what}`,
    hint: () => 'this says nothing about the fold; try again with more memory, or in a process of its own',
  },
  aborted: {
    kind: 'unavailable',
    message: (d: { index?: number | undefined }) =>
      `folding was stopped from outside${d.index === undefined ? '' : ` at event ${d.index} of the batch`}`,
    hint: () => 'this says nothing about the fold',
  },
  start: {
    kind: 'input',
    message: (d: { why: string }) => `the fold module could not be started: ${d.why}`,
    hint: () => 'the code outside of `fold` runs once for each window of events; keep it to definitions',
  },
  threw: {
    kind: 'input',
    message: (d: { index: number; why: string; line?: number | undefined }) =>
      `the fold threw ${d.why}${d.line === undefined ? '' : ` (line ${d.line} of the module)`}`,
    hint: () => 'let the fold pass over events that it does not understand',
  },
  gas: {
    kind: 'limit',
    message: (d: { index?: number | undefined; gas: number }) =>
      `the fold used more than the ${d.gas} gas units that one event may use`,
    hint: () => 'do less work for each event, or raise `gas` in `fold.json`',
  },
  memory: {
    kind: 'limit',
    message: (d: { index?: number | undefined; memory: number }) =>
      `the fold used more than its ${d.memory} bytes of memory`,
    hint: () => 'keep less in the state, or raise `memory` in `fold.json`',
  },
  stack: {
    kind: 'limit',
    message: (_: { index?: number | undefined }) => 'the fold nested calls too deeply',
    hint: () => 'replace the recursion by a loop',
  },
  'engine-limit': {
    kind: 'limit',
    message: (d: { index?: number | undefined; why: string }) => `the fold ran into a limit of the engine: ${d.why}`,
  },
  'state-value': {
    kind: 'input',
    message: (d: { path: string; why: string; window?: number | undefined; index?: number | undefined }) =>
      `the state holds what JSON has no form for, at \`${d.path}\`: ${d.why}`,
    hint: () => 'a state is made of null, true, false, finite numbers, text, lists and plain objects',
  },
  'event-value': {
    kind: 'input',
    message: (d: { index: number; why: string }) => `event ${d.index} of the batch cannot enter a fold: ${d.why}`,
  },
} as const satisfies Readonly<Record<string, ErrorDefinition<never>>>;
