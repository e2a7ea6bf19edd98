/** Bundle entry: Workflow Types only. */
export { agentSession } from './session/agent-session';
