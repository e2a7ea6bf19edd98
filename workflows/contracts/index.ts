/** Everything that crosses a process boundary. */
export * from './activities';
export * from './check-limits';
export * from './check-messages';
export * from './continuation';
export * from './conversation';
export * from './display';
export * from './failures';
export * from './handoff';
export * from './json';
export * from './limit-words';
export * from './limits';
export * from './messages';
export * from './model';
export * from './names';
export * from './session';
export * from './tool';
export * from './undo-id';
