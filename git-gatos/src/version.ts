/** The version of the three packages, which are released together; version.test.ts keeps it equal to their package.json. */
export const VERSION = '0.1.0';
/** The day of that version, for the footer of the man pages. */
export const RELEASED = '2026-11-20';
