/** Entry point `holdfast/testing`: what agents are tested with. */
export {
  startScriptedOpenAI,
  type ReceivedRequest,
  type ScriptedOpenAI,
  type ScriptedOpenAIOptions,
} from './openai-server';
export {
  callsTool,
  callsTools,
  failsWith,
  lastResult,
  says,
  type AnswerRule,
  type Script,
  type ScriptedAnswer,
  type ScriptedCall,
  type ScriptedRequest,
  type ScriptedUsage,
  type ScriptTurn,
  type ToolResult,
} from './script';
export { startScriptedOpenAIProcess, type ScriptedOpenAIProcess } from './openai-server-process';
export {
  sweep,
  type CaseReport,
  type Finding,
  type PointChoice,
  type SweepCase,
  type SweepDecision,
  type SweepFigures,
  type SweepOptions,
  type SweepPlan,
  type SweepProgress,
  type SweepReport,
  type SweepWorld,
  type TableRow,
} from './sweep';
