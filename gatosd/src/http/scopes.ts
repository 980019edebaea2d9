/** What a token may be for. A scope opens routes; it grants nothing beyond what the server itself may do. */
export const SCOPES = {
  'tools:call': 'call tools, with capabilities that the token may use',
  'effects:read': 'read the ledger of effects, and receipts',
  'blobs:read': 'read blobs and chunks',
  'blobs:write': 'store chunks',
  'capabilities:read': 'read and check capabilities',
} as const;

export type Scope = keyof typeof SCOPES;

export const SCOPE_NAMES = Object.keys(SCOPES) as readonly Scope[];

export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text);
}
