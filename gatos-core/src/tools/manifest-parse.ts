/** Reading `tool.json`: strictly, and with the line of what is wrong. */
import { formatPath, type JsonValue, parseJson } from '../codec/index.js';
import { fromUtf8, isGatosError, LIMITS } from '../kernel/index.js';
import { toolError } from './errors.js';
import { manifestFault, type ToolManifest } from './manifest.js';
import { lineOf } from './manifest-line.js';

/**
 * The manifest in a file. Throws `tools/bad-manifest` with line and field, and what is allowed there; for what is no JSON with the line
 * as well.
 */
export function parseToolManifest(bytes: Uint8Array): ToolManifest {
  const value = parsed(bytes);
  const fault = manifestFault(value);
  if (fault === undefined) return value as unknown as ToolManifest;
  throw toolError('bad-manifest', {
    path: formatPath('', fault.steps),
    line: lineOf(fromUtf8(bytes), fault.steps),
    why: fault.why,
  });
}

/** As `parseToolManifest`, of a value that was read already. */
export function checkToolManifest(value: JsonValue): ToolManifest {
  const fault = manifestFault(value);
  if (fault === undefined) return value as unknown as ToolManifest;
  throw toolError('bad-manifest', { path: formatPath('', fault.steps), why: fault.why });
}

function parsed(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes, { maxBytes: LIMITS.toolManifestBytes });
  } catch (error) {
    if (!isGatosError(error)) throw error;
    const line = typeof error.data.line === 'number' ? error.data.line : undefined;
    throw toolError('bad-manifest', { path: '', line, why: `is not read: ${error.message}` }, { cause: error });
  }
}
