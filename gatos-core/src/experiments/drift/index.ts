/**
 * Drift: how a reproduction departs from what was recorded. Pure comparison; results are data. Invariant: whatever the contents are, time
 * is linear in their sizes, and what is listed and held is bounded.
 */
export { compareExperiment, compareRuns, type Run, type RunPair } from './compare.js';
export {
  type ContentDifference,
  type ContentKind,
  type ContentPair,
  compareContents,
} from './content.js';
export { DIFFERENCE, type Difference, PLACES, type Place } from './difference.js';
export { explain } from './explain.js';
export type { ContentItem } from './item.js';
export { boundContents, DRIFT_VIEW, type DriftReport, driftReportValue, formatDriftReport } from './report.js';
export { shown } from './shown.js';
export type { ByteDifference, ByteWindow } from './window.js';
