/** Tools that are part of this program: `echo`, whose answer is the body of the request. */
import { decodeToolRequest, encodeToolResponse, isGatosError, TOOL_DONE, type ToolRun } from 'gatos-core';
import { NO_LOG, notStarted, type RawCall } from './runner.js';

type Builtin = Extract<ToolRun, { kind: 'builtin' }>['builtin'];

const BUILTINS: Readonly<Record<Builtin, (request: Uint8Array) => Uint8Array>> = {
  echo: (request) => encodeToolResponse({ status: TOOL_DONE, body: decodeToolRequest(request).body }),
};

export function builtinCall(name: Builtin): RawCall {
  return async (request, { signal }) => {
    signal?.throwIfAborted();
    try {
      return { response: BUILTINS[name](request), log: NO_LOG };
    } catch (error) {
      if (!isGatosError(error)) throw error;
      return notStarted('refused', error.message);
    }
  };
}
