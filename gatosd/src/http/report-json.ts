/** Checks of a report as JSON. */
import type { Check, JsonValue } from 'gatos-core';
import { plainData } from './plain-data.js';

export function checkJson({ name, outcome, subject, detail, code, exit, hint, evidence }: Check): JsonValue {
  return plainData({ name, outcome, subject, detail, code, exit, hint, evidence });
}
