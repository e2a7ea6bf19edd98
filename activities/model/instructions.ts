/** The system prompt of one call. */
import type { Agent, InstructionsContext } from '../../agents/define-agent';
import type { SessionIdentity } from '../../agents/define-tool';

/**
 * The system prompt of one call.
 * @param now when the call was first scheduled, ms: history has it, so the prompt can be made again.
 * @param handoff in a child: how it came to its session.
 * @returns `text`, and whether it was rendered for this call alone (then history must keep it with the call).
 * @throws TypeError where the agent's function fails or returns no text.
 */
export function renderInstructions(
  agent: Agent,
  now: number,
  session: SessionIdentity,
  turn: number,
  handoff?: InstructionsContext['handoff'],
): { text: string; perCall: boolean } {
  if (typeof agent.instructions === 'string') return { text: agent.instructions, perCall: false };
  let text: unknown;
  try {
    text = agent.instructions({ now: new Date(now), session, turn, ...(handoff === undefined ? {} : { handoff }) });
  } catch (error) {
    throw new TypeError(
      `agent ${JSON.stringify(agent.name)}: its instructions failed: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  }
  if (typeof text !== 'string')
    throw new TypeError(`agent ${JSON.stringify(agent.name)}: its instructions must return a text, got ${typeof text}`);
  return { text, perCall: true };
}
