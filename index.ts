/** Entry point `holdfast`: what agents and tools are written with. */
export * from './agents';
