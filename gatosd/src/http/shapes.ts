/** Bodies of requests as schemas that check them; the JSON Schemas in the OpenAPI document follow from these. */
import { LIMITS, s } from 'gatos-core';

export const CALL_REQUEST = s.struct({
  /** What the tool gets: JSON with integers and no fractions. */
  body: s.json,
  capability: s.optional(
    s.text({ maxBytes: 64, minBytes: 64, pattern: /^[0-9a-f]{64}$/, form: '64 hexadecimal digits' }),
  ),
  idempotency_key: s.optional(s.text({ maxBytes: LIMITS.eventKeyBytes, minBytes: 1 })),
});
