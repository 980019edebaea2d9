import { GatosError, isGatosError, type JsonValue, LIMITS, parseJson, TOOL_DONE } from 'gatos-core';
import { callTool, readToolSettings } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { calledLines, calledValue } from '../../view/effect.js';
import { noteToolLog } from '../../view/tool-log.js';
import { waitingTime } from './waiting-time.js';

const REFRESH_MS = 1000;
/** What a call needs to see of a remote. */
const PREFIXES = ['refs/gatos/policies/', 'refs/gatos/tools', 'refs/gatos/capabilities/', 'refs/gatos/effects/'];

export const command = defineCommand({
  name: 'call',
  summary: 'call a tool',
  description: `
Holds the request against what the tool declares, asks whether a capability of yours allows the call, records a lease, invokes the tool, and records the receipt. Prints the
answer. All of it is on disk when it returns.

With \`--key\` the tool is invoked once for that key: whoever repeats the call, here or elsewhere, gets the same receipt and nothing runs. While somebody else is invoking it
the call waits. The same key with another request is refused with 15, and from then on so is every call with it, until \`effect resolve\`. Without a key every call invokes the tool; a tool whose
answers may be cached is invoked once for each request.

Exits with 1 when the tool answers with another status than 200, and with 30 when nobody knows whether it acted.
`,
  positionals: [{ name: 'tool', kind: 'text', summary: 'name of a declared tool, or its id', complete: 'tools' }],
  options: {
    body: {
      kind: 'json',
      short: 'b',
      placeholder: 'JSON',
      summary: 'the request: JSON, - for standard input, @FILE for a file; default: null',
    },
    key: { kind: 'text', short: 'k', placeholder: 'KEY', summary: 'idempotency key: the tool is invoked once for it' },
    cap: {
      kind: 'text',
      placeholder: 'ID',
      summary: 'the capability to call under; default: the one that suits',
      complete: 'capabilities',
    },
    wait: {
      kind: 'parsed',
      parse: waitingTime,
      placeholder: 'TIME',
      summary: 'wait so long for somebody else who invokes the same; default: 30s',
    },
    remote: {
      kind: 'text',
      placeholder: 'NAME',
      summary: 'the remote whose repository decides who invokes',
      complete: 'remotes',
    },
  },
  examples: [
    { command: `git gatos effect call echo --body '{"text":"hi"}'`, note: 'one call' },
    {
      command: 'git gatos effect call charge --key order-17 --body @order.json',
      note: 'charges once, however often it is run',
    },
  ],
  exits: [
    'no',
    'untrusted',
    'denied',
    'mismatch',
    'divergence',
    'conflict',
    'missing',
    'purged',
    'unchecked',
    'temporary',
  ],
  seeAlso: ['effect show', 'effect resolve'],
  run: async (context, { tool, body, key, cap, wait, remote }) => {
    const value = body === undefined ? null : bodyOf(await context.readSource(body, { maxBytes: LIMITS.jsonBytes }));
    const workspace = await context.openRepository({ remote });
    if (remote !== undefined) await workspace.refresh(PREFIXES);
    const { cwd, env, signal } = context;
    const called = await telling(context, () =>
      callTool(workspace, {
        ...{ tool, body: value, key, capability: cap, waitMs: wait, signal },
        settings: () => readToolSettings({ cwd, env }, env),
        onLog: (log) => noteToolLog(context, log),
        ...(remote === undefined ? {} : { refreshMs: REFRESH_MS }),
      }),
    );
    const done = called.answer === null || called.answer.status === TOOL_DONE;
    const shown = called.effect ?? called.receiptId;
    return {
      value: calledValue(called),
      text: calledLines(called, context.colour),
      exit: done ? 'ok' : 'no',
      next: [
        ...(called.status === 'replayed' ? ['it was invoked before; nothing ran now'] : []),
        `see what is recorded: git gatos effect show ${shown}`,
      ],
    };
  },
});

function bodyOf(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof GatosError)
      throw new GatosError({ ...error, message: `the body is not usable: ${error.message}`, hint: error.hint });
    throw error;
  }
}

/** A refusal names what does not hold; here is what was asked, one line each. */
async function telling<T>({ note, json }: Context, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (isGatosError(error, 'gateway/denied') && !json) {
      const { checks } = error.data as { checks: readonly { name: string; outcome: string; detail: string }[] };
      for (const { name, outcome, detail } of checks) note(`${outcome.padEnd(7)} ${name}: ${detail}`);
    }
    throw error;
  }
}
