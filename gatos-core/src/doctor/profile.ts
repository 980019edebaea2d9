/** What a profile demands beyond what the gate can enforce. A test compares it with the files in `profiles/`. */

const ANCHORED: ReadonlySet<string> = new Set(['research']);

/** Must the audit be published where the owner of the repository cannot take it back? */
export function anchorsAudit(profile: string): boolean {
  return ANCHORED.has(profile);
}
