/** The crash-point sweep, as `holdfast/testing` gives it. */
export { parseCase, type PointChoice, type SweepCase } from './choose-cases';
export type { CheckName, Finding } from './compare-runs';
export { renderHtml } from './html-report';
export type { SweepDecision, SweepPlan, SweepWorld } from './plan';
export { sweep } from './sweep';
export type { SweepOptions, SweepProgress } from './sweep-options';
export type { CaseReport, SweepFigures, SweepReport, TableRow } from './sweep-report';
